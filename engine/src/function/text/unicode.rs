//! Runes as Go's unicode package sees them.

/// The runes of a Go string with their lengths; bytes that are no UTF-8 read as U+FFFD.
pub(in crate::function) fn runes(text: &[u8]) -> impl Iterator<Item = (char, usize)> + '_ {
    text.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid().chars().map(|rune| (rune, rune.len_utf8()));
        valid.chain(chunk.invalid().iter().map(|_| (char::REPLACEMENT_CHARACTER, 1)))
    })
}

pub(in crate::function) fn is_space(rune: char) -> bool {
    rune.is_whitespace()
}

/// One rune to one rune: where Unicode needs several (`ß` to `SS`), Go leaves it.
pub(super) fn to_upper(rune: char) -> char {
    single(rune.to_uppercase(), rune)
}

pub(super) fn to_lower(rune: char) -> char {
    // The one rune whose full and simple lower case differ.
    if rune == 'İ' { 'i' } else { single(rune.to_lowercase(), rune) }
}

fn single(mut mapped: impl Iterator<Item = char>, rune: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => rune,
    }
}

pub(super) fn map(text: &[u8], mapping: impl Fn(char) -> char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (rune, _) in runes(text) {
        push(&mut out, mapping(rune));
    }
    out
}

pub(super) fn push(out: &mut Vec<u8>, rune: char) {
    out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Without the runes at both ends that `cut` accepts.
pub(super) fn trim(text: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    let mut start = 0;
    let mut end = 0;
    let mut at = 0;
    let mut leading = true;
    for (rune, length) in runes(text) {
        at += length;
        let cuts = cut(rune);
        leading &= cuts;
        if leading {
            start = at;
        }
        if !cuts {
            end = at;
        }
    }
    text.get(start..end).unwrap_or_default()
}
