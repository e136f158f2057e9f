//! Text to tokens, one at a time. js/src/expression/lexer.ts is its twin.

use columnar::decimal;

use crate::syntax::{Outcome, parse_fault, shown};

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    End,
    Number {
        value: f64,
        exact: Option<i128>,
    },
    Text(Vec<u8>),
    /// Quoted names are never keywords or functions.
    Name {
        value: Vec<u8>,
        quoted: bool,
    },
    Op(&'static str),
}

#[derive(Clone, Debug)]
pub struct Token {
    pub at: usize,
    pub end: usize,
    pub value: Value,
}

const OPS: [&str; 23] =
    ["==", "!=", "<>", "<=", ">=", "&&", "||", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", ".", "?", ":"];

/// Bytes of the space at `i`: ASCII, the no-break space, the byte order mark.
fn space(text: &[u8], i: usize) -> usize {
    match text.get(i) {
        Some(b' ' | 9..=13) => 1,
        Some(0xc2) if text.get(i + 1) == Some(&0xa0) => 2,
        Some(0xef) if text.get(i + 1..i + 3) == Some(&[0xbb, 0xbf]) => 3,
        _ => 0,
    }
}

fn is_name_start(text: &[u8], i: usize) -> bool {
    match text.get(i) {
        Some(c) if c.is_ascii_alphabetic() || *c == b'_' || *c == b'$' => true,
        Some(128..) => space(text, i) == 0,
        _ => false,
    }
}

fn is_digit(text: &[u8], i: usize) -> bool {
    text.get(i).is_some_and(u8::is_ascii_digit)
}

fn name_end(text: &[u8], from: usize) -> usize {
    let mut end = from;
    while is_name_start(text, end) || is_digit(text, end) {
        end += 1;
    }
    end
}

/// The token that begins at or after `from`.
pub fn next_token(text: &[u8], from: usize) -> Outcome<Token> {
    let mut at = from;
    loop {
        match space(text, at) {
            0 => break,
            width => at += width,
        }
    }
    let Some(&c) = text.get(at) else {
        return Ok(Token { at: text.len(), end: text.len(), value: Value::End });
    };
    if c.is_ascii_digit() || (c == b'.' && is_digit(text, at + 1)) {
        return number(text, at);
    }
    if c == b'\'' {
        let (value, end) = quoted(text, at, c, "text")?;
        return Ok(Token { at, end, value: Value::Text(value) });
    }
    if c == b'"' || c == b'`' {
        let (value, end) = quoted(text, at, c, "name")?;
        return Ok(Token { at, end, value: Value::Name { value, quoted: true } });
    }
    if is_name_start(text, at) {
        let end = name_end(text, at);
        return Ok(Token { at, end, value: Value::Name { value: text[at..end].to_vec(), quoted: false } });
    }
    for (op, cure) in [("===", "="), ("!==", "<>")] {
        if text[at..].starts_with(op.as_bytes()) {
            return Err(parse_fault(at, format!("there is no '{op}': write {cure}")));
        }
    }
    if let Some(op) = OPS.iter().find(|op| text[at..].starts_with(op.as_bytes())) {
        return Ok(Token { at, end: at + op.len(), value: Value::Op(op) });
    }
    if c == b'!' {
        return Ok(Token { at, end: at + 1, value: Value::Op("!") });
    }
    Err(parse_fault(at, format!("'{}' has no meaning here", char::from(c))))
}

fn quoted(text: &[u8], at: usize, quote: u8, what: &str) -> Outcome<(Vec<u8>, usize)> {
    let mut value = Vec::new();
    let mut from = at + 1;
    loop {
        let Some(length) = text[from..].iter().position(|&c| c == quote) else {
            return Err(parse_fault(at, format!("the {what} that begins here has no closing {}", char::from(quote))));
        };
        let end = from + length;
        value.extend_from_slice(&text[from..end]);
        if text.get(end + 1) != Some(&quote) {
            return Ok((value, end + 1));
        }
        value.push(quote);
        from = end + 2;
    }
}

fn number(text: &[u8], at: usize) -> Outcome<Token> {
    let mut end = at;
    while is_digit(text, end) {
        end += 1;
    }
    let mut whole = true;
    // `a[0].b`, `1.` and `1..2`: a dot belongs to a number where a digit or nothing of a name follows.
    if text.get(end) == Some(&b'.') && !is_name_start(text, end + 1) && text.get(end + 1) != Some(&b'.') {
        whole = false;
        end += 1;
        while is_digit(text, end) {
            end += 1;
        }
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        if is_digit(text, end + 1 + sign) {
            whole = false;
            end += 1 + sign;
            while is_digit(text, end) {
                end += 1;
            }
        }
    }
    if is_name_start(text, end) {
        let word = shown(&text[at..name_end(text, end)]).into_owned();
        return Err(parse_fault(at, format!("'{word}' is neither a number nor a name: quote a name that begins with a digit")));
    }
    let digits = core::str::from_utf8(&text[at..end]).unwrap_or_default();
    let value = decimal::parse(digits.as_bytes()).unwrap_or(f64::NAN);
    // Beyond 19 digits no i64 column can hold it, and the double decides.
    let exact = if whole && (9_007_199_254_740_992.0..=9_223_372_036_854_775_808.0).contains(&value) {
        digits.parse::<i128>().ok().filter(|&k| k > 1 << 53 && k <= 1 << 63)
    } else {
        None
    };
    Ok(Token { at, end, value: Value::Number { value, exact } })
}
