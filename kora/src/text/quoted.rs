//! Bytes between double quotes, as `redis-cli` and MONITOR show them.

/// Appends bytes in quotes: what is no printable ASCII is escaped, as are quotes and backslashes.
pub(crate) fn push_quoted(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x07 => out.extend_from_slice(b"\\a"),
            0x08 => out.extend_from_slice(b"\\b"),
            b' '..=b'~' => out.push(*byte),
            _ => {
                let digit = |nibble: u8| DIGITS[usize::from(nibble)];
                out.extend_from_slice(&[b'\\', b'x', digit(byte >> 4), digit(byte & 0xF)]);
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::push_quoted;

    #[test]
    fn every_byte_is_printable_in_quotes() {
        let mut out = Vec::new();
        push_quoted(&mut out, b"a \"b\"\\\n\r\t\x07\x08\0\x7f\xff");
        assert_eq!(out, br#""a \"b\"\\\n\r\t\a\b\x00\x7f\xff""#);
    }
}
