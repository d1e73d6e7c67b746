//! Names that an author may have meant.

use crate::types::some_of;

/// The least likeness, from 0 to 1, of a name that may have been meant.
const LIKENESS_MIN: f64 = 0.7;

/// The name among those known that is most like one, if it is like it.
fn most_like<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let likeness = |known: &str| strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase());
    let rated = known.map(|known| (likeness(known), known)).filter(|(likeness, _)| *likeness >= LIKENESS_MIN);
    rated.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

/// The Latin letters that Cyrillic and Greek ones look like, each with those.
const LOOKALIKES: [(char, &str); 20] = [
    ('a', "а\u{3b1}"),
    ('b', "ь"),
    ('c', "сϲ"),
    ('d', "ԁ"),
    ('e', "е"),
    ('g', "ɡ"),
    ('h', "һ"),
    ('i', "іι"),
    ('j', "јϳ"),
    ('k', "кκ"),
    ('m', "м"),
    ('n', "η"),
    ('o', "оο"),
    ('p', "рρ"),
    ('s', "ѕ"),
    ('t', "т"),
    ('u', "υ"),
    ('v', "ѵν"),
    ('x', "хχ"),
    ('y', "уγ"),
];

/// The Latin letter that a letter looks like.
fn lookalike(letter: char) -> Option<char> {
    LOOKALIKES.iter().find(|(_, others)| others.contains(letter)).map(|(latin, _)| *latin)
}

/// The known name that a name with letters of another script looks like, with what to type.
fn same_to_the_eye<'n>(name: &str, mut known: impl Iterator<Item = &'n str>) -> Option<String> {
    let other = name.chars().find(|letter| lookalike(*letter).is_some())?;
    let latin: String = name.chars().map(|letter| lookalike(letter).unwrap_or(letter)).collect();
    let meant = known.find(|known| *known == latin)?;
    Some(format!(
        "type `{meant}`: the names differ though they look alike, since `{other}` is a letter of another script, U+{:04X}",
        u32::from(other)
    ))
}

/// The help for a name that isn't known: the nearest one, and what there is.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone, what: &str) -> String {
    if let Some(help) = same_to_the_eye(name, known.clone()) {
        return help;
    }
    let all: Vec<&str> = known.clone().collect();
    let listed = match all.as_slice() {
        [] => String::new(),
        all => format!("{what} {}", some_of(all.iter().copied())),
    };
    match (most_like(name, known), listed) {
        (Some(like), listed) if listed.is_empty() => format!("did you mean `{like}`?"),
        (Some(like), listed) => format!("did you mean `{like}`? {listed}"),
        (None, listed) => listed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_letter_of_another_script_is_told_by_that_letter() {
        let help = |name: &str| nearest(name, ["max_age", "income"].into_iter(), "here are");
        let told = "type `max_age`: the names differ though they look alike, since `х` is a letter of another script, \
                    U+0445";
        assert_eq!(help("ma\u{445}_age"), told);
        assert_eq!(help("incom\u{435}").split(':').next(), Some("type `income`"));
        assert_eq!(help("maxage"), "did you mean `max_age`? here are `max_age`, `income`");
    }
}
