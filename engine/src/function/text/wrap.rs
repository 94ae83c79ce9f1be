//! Wrapping and abbreviating, by the rules of Masterminds/goutils: everything counts bytes.

/// What happens to a word that is longer than the line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Long {
    Kept,
    Broken,
}

/// Breaks lines at spaces so that they have at most `width` bytes.
pub(super) fn wrap(text: &[u8], width: i64, newline: &[u8], long: Long) -> Vec<u8> {
    let newline = if newline.is_empty() { b"\n" } else { newline };
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let mut out = Vec::with_capacity(text.len() + text.len() / width.min(16));
    let mut at = 0;
    while text.len() - at > width {
        if text[at] == b' ' {
            at += 1;
            continue;
        }
        let line = &text[at..=at + width];
        let (length, skip) = match memchr::memrchr(b' ', line) {
            Some(space) => (space, 1),
            None if long == Long::Broken => (width, 0),
            None => match memchr::memchr(b' ', &text[at + width..]) {
                Some(space) => (width + space, 1),
                None => break,
            },
        };
        out.extend_from_slice(&text[at..at + length]);
        out.extend_from_slice(newline);
        at += length + skip;
    }
    out.extend_from_slice(&text[at..]);
    out
}

/// `abbrevboth`: dots at both ends.
pub(super) fn abbreviate_both(text: &[u8], left: i64, right: i64) -> Vec<u8> {
    if right < 4 || left > 0 && right < 7 {
        return text.to_vec();
    }
    abbreviate(text, left, right)
}

/// At most `width` bytes around `offset`, dots in place of what is cut.
pub(super) fn abbreviate(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = text.len() as i64;
    if width < 4 || length <= width {
        return text.to_vec();
    }
    let mut offset = offset.min(length);
    if length - offset < width - 3 {
        offset = length - (width - 3);
    }
    let slice = |from: i64, to: i64| text.get(from.max(0) as usize..to.max(0) as usize).unwrap_or_default();
    if offset <= 4 {
        return [slice(0, width - 3), b"..."].concat();
    }
    if width < 7 {
        return text.to_vec();
    }
    if offset + width - 3 < length {
        return [b"...".to_vec(), abbreviate(slice(offset, length), 0, width - 3)].concat();
    }
    [b"...", slice(length - (width - 3), length)].concat()
}
