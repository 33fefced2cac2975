//! The words of `#[kora(..)]`, each with its form, and the word that was meant.

/// A word and how it is written.
pub(crate) type Word = (&'static str, &'static str);

/// On a struct that is a document.
pub(crate) const DOCUMENT: &[Word] = &[
    ("collection", "collection = \"users\""),
    ("id", "id(tenant, number)"),
    ("index", "index(city, age)"),
    ("unique", "unique(tenant, email)"),
    ("ttl", "ttl = \"30d\""),
    ("patch", "patch"),
    ("fields", "fields = \"columns\""),
    ("crate", "crate = \"path\""),
];

/// On a nested struct.
pub(crate) const EMBED: &[Word] = &[("crate", "crate = \"path\"")];

/// On a key.
pub(crate) const KEY: &[Word] = &[("as", "as = \"text\""), ("crate", "crate = \"path\"")];

/// On a field of a document.
pub(crate) const FIELD: &[Word] = &[
    ("id", "id"),
    ("index", "index"),
    ("unique", "unique"),
    ("embed", "embed"),
    ("version", "version"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
    ("expires_at", "expires_at"),
    ("renamed_from", "renamed_from = \"old\""),
    ("sensitive", "sensitive"),
];

/// On a field of a nested struct.
pub(crate) const EMBED_FIELD: &[Word] = &[
    ("index", "index"),
    ("unique", "unique"),
    ("embed", "embed"),
    ("renamed_from", "renamed_from = \"old\""),
    ("sensitive", "sensitive"),
];

/// The message about a word that is none of these.
pub(crate) fn unknown(word: &str, words: &[Word], of: &str) -> String {
    let names = words.iter().map(|(name, _)| *name);
    unknown_name(word, names, &format!("no word of `#[kora(..)]` on {of}"), "the words are")
}

/// The message about a name that is none of these.
pub(crate) fn unknown_name<'n>(
    name: &str,
    names: impl Iterator<Item = &'n str> + Clone,
    what: &str,
    they: &str,
) -> String {
    let list = names.clone().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let meant = nearest(name, names).map(|name| format!("; did you mean `{name}`?"));
    format!("`{name}` is {what}{}\n{they} {list}", meant.unwrap_or_default())
}

/// The name that is most like a word, if one is much like it.
fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_lowercase();
    let most = word.len().max(3) / 3;
    names.map(|name| (distance(&word, name), name)).filter(|(d, _)| *d <= most).min().map(|it| it.1)
}

/// How many letters have to be put in, taken out, changed, or changed for their neighbour, to make
/// one of the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
                let is_swapped =
                    i > 1 && j > 1 && (one[i - 1], one[i - 2]) == (other[j - 2], other[j - 1]);
                let swapped = if is_swapped { rows[i - 2][j - 2] + 1 } else { usize::MAX };
                changed.min(swapped).min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1)
            };
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_no_far_one() {
        let names = || FIELD.iter().map(|(name, _)| *name);
        assert_eq!(nearest("indx", names()), Some("index"));
        assert_eq!(nearest("updatedat", names()), Some("updated_at"));
        assert_eq!(nearest("vector", names()), None);
        assert_eq!(nearest("UNIQUE", names()), Some("unique"));
    }

    #[test]
    fn distances_are_those_of_damerau() {
        assert_eq!(distance("idnex", "index"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
