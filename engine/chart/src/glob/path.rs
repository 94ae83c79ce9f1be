//! Go's `filepath.Match`: `*` and `?` within one path element, and character classes.

/// A pattern that is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern")]
pub struct BadPattern;

/// Whether the whole of `name` fits `pattern`. As in Go, a malformed part is only noticed when it is reached.
///
/// # Errors
/// [`BadPattern`] for an unclosed class, a bad range or a trailing backslash.
pub fn path_match(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut pattern, mut name) = (pattern.as_slice(), name.as_slice());
    while !pattern.is_empty() {
        let (star, chunk, rest) = next_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(!name.contains(&'/'));
        }
        if let Some(after) = match_chunk(chunk, name)?.filter(|after| after.is_empty() || !rest.is_empty()) {
            name = after;
            continue;
        }
        let Some(after) = (if star { after_star(chunk, name, rest.is_empty())? } else { None }) else {
            check_rest(rest)?;
            return Ok(false);
        };
        name = after;
    }
    Ok(name.is_empty())
}

/// Tries the chunk after a `*` at every place the star may reach.
fn after_star<'a>(chunk: &[char], name: &'a [char], last: bool) -> Result<Option<&'a [char]>, BadPattern> {
    for skipped in 0..name.len() {
        if name.get(skipped) == Some(&'/') {
            break;
        }
        let tail = name.get(skipped + 1..).unwrap_or_default();
        if let Some(after) = match_chunk(chunk, tail)?.filter(|after| after.is_empty() || !last) {
            return Ok(Some(after));
        }
    }
    Ok(None)
}

/// Stars at the front, then everything up to the next star outside of a class.
fn next_chunk(pattern: &[char]) -> (bool, &[char], &[char]) {
    let stars = pattern.iter().take_while(|character| **character == '*').count();
    let pattern = pattern.get(stars..).unwrap_or_default();
    let (mut in_class, mut escaped, mut end) = (false, false, pattern.len());
    for (at, character) in pattern.iter().enumerate() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '*' if !in_class => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let (chunk, rest) = pattern.split_at(end);
    (stars > 0, chunk, rest)
}

/// Even where nothing fits any more, a malformed rest is an error.
fn check_rest(mut rest: &[char]) -> Result<(), BadPattern> {
    while !rest.is_empty() {
        let (_, chunk, after) = next_chunk(rest);
        match_chunk(chunk, &[])?;
        rest = after;
    }
    Ok(())
}

/// Matches a chunk without stars at the start of `name`; what is left of the name if it fits.
fn match_chunk<'a>(mut chunk: &[char], mut name: &'a [char]) -> Result<Option<&'a [char]>, BadPattern> {
    // After a failure the chunk is still read to its end, to find what is malformed.
    let mut failed = false;
    while let Some((first, rest)) = chunk.split_first() {
        failed = failed || name.is_empty();
        let character = name.first().copied().unwrap_or_default();
        match first {
            '[' => {
                let (fits, after) = match_class(rest, character)?;
                failed = failed || !fits;
                chunk = after;
            }
            '?' => {
                failed = failed || character == '/';
                chunk = rest;
            }
            '\\' => {
                let (literal, after) = rest.split_first().ok_or(BadPattern)?;
                failed = failed || *literal != character;
                chunk = after;
            }
            literal => {
                failed = failed || *literal != character;
                chunk = rest;
            }
        }
        if !failed {
            name = name.get(1..).unwrap_or_default();
        }
    }
    Ok(if failed { None } else { Some(name) })
}

/// class := '^'? (character | character '-' character)+ ']'
fn match_class(mut class: &[char], character: char) -> Result<(bool, &[char]), BadPattern> {
    let negated = class.first() == Some(&'^');
    if negated {
        class = class.get(1..).unwrap_or_default();
    }
    let (mut fits, mut ranges) = (false, 0);
    loop {
        if ranges > 0 && class.first() == Some(&']') {
            return Ok((fits != negated, class.get(1..).unwrap_or_default()));
        }
        let (low, rest) = class_character(class)?;
        class = rest;
        let mut high = low;
        if class.first() == Some(&'-') {
            (high, class) = class_character(class.get(1..).unwrap_or_default())?;
        }
        fits = fits || (low <= character && character <= high);
        ranges += 1;
    }
}

fn class_character(class: &[char]) -> Result<(char, &[char]), BadPattern> {
    let (first, rest) = class.split_first().ok_or(BadPattern)?;
    let (character, rest) = match first {
        '-' | ']' => return Err(BadPattern),
        '\\' => rest.split_first().ok_or(BadPattern)?,
        _ => (first, rest),
    };
    // A class must be closed.
    if rest.is_empty() { Err(BadPattern) } else { Ok((*character, rest)) }
}
