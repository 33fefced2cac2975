//! JSON as a dump writes it, byte by byte: texts, and bytes that are none.

/// Appends bytes: as a string if they are UTF-8, else as `{"base64": ".."}`.
pub(super) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => write_text(out, text),
        Err(_) => {
            out.extend_from_slice(b"{\"base64\":\"");
            write_base64(out, bytes);
            out.extend_from_slice(b"\"}");
        }
    }
}

/// Appends a string. Only what must be escaped is.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// RFC 4648's standard alphabet, with padding.
fn write_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let at = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = ALPHABET[(word >> shift & 63) as usize];
            out.push(if index <= group.len() { digit } else { b'=' });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let mut out = Vec::new();
        write_bytes(&mut out, bytes);
        assert_eq!(String::from_utf8(out).expect("JSON is text"), expected);
    }

    #[test]
    fn texts_are_escaped_where_they_must() {
        check(b"", r#""""#);
        check("grün \u{1f34f} /".as_bytes(), "\"grün \u{1f34f} /\"");
        check(b"a\"b\\c\n\r\t\x01\x1f\x7f", "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f\x7f\"");
    }

    #[test]
    fn texts_are_read_back_by_others() {
        let text: String = (0..0x500).filter_map(char::from_u32).collect();
        let mut out = Vec::new();
        write_text(&mut out, &text);
        assert_eq!(serde_json::from_slice::<String>(&out).expect("it is JSON"), text);
    }

    /// The examples of RFC 4648, section 10, behind a byte that is no text.
    #[test]
    fn what_is_no_text_is_base64() {
        check(b"\xff", r#"{"base64":"/w=="}"#);
        check(b"\xffo", r#"{"base64":"/28="}"#);
        check(b"\xfffo", r#"{"base64":"/2Zv"}"#);
        check(b"\xfb\xff\xbffoobar", r#"{"base64":"+/+/Zm9vYmFy"}"#);
    }
}
