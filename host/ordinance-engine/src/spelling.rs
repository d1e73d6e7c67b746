//! Suggestions for misspelt words.

const SLIPS_MAX: usize = 2;

/// The nearest known word that `word` may misspell: at most one letter is missing, added, changed or swapped with the
/// next, or two in a word of 8 letters and more. `None` if there is none; `word` itself doesn't count.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let slips = |known: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase());
    // Skip words whose length differs too much: the comparison takes quadratic time.
    let known = known.filter(|known| known.len().abs_diff(word.len()) <= SLIPS_MAX && *known != word);
    let may_be = |(slips, known): &(usize, &str)| *slips <= if known.len() < 8 { 1 } else { SLIPS_MAX };
    known.map(|known| (slips(known), known)).filter(may_be).min_by_key(|(slips, _)| *slips).map(|(_, known)| known)
}

/// The nearest known code or id that `word` may stand for: the same in other case; else the only one whose last part,
/// after a hyphen, it is, as `CT` is of `US-CT`; else the nearest one.
#[must_use]
pub fn nearest_code<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let known: Vec<&str> = known.collect();
    let lower = word.to_lowercase();
    let mut same = known.iter().filter(|known| **known != word && known.to_lowercase() == lower);
    let is_part = |known: &&&str| known.rsplit_once('-').is_some_and(|(_, last)| last.to_lowercase() == lower);
    let mut longer = known.iter().filter(is_part);
    let only = longer.next().filter(|first| longer.all(|other| other == *first));
    same.next().or(only).copied().or_else(|| nearest(word, known.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let near = |word| nearest(word, ["subject", "basis", "guardian_consents", "dpv-pd:Age"].into_iter());
        assert_eq!(near("subjet"), Some("subject"));
        assert_eq!(near("Subject"), Some("subject"));
        assert_eq!(near("guardain_consent"), Some("guardian_consents"));
        assert_eq!(near("dpv-pd:Agee"), Some("dpv-pd:Age"));
        assert_eq!(["subject", "object", "time", ""].map(near), [None; 4]);
    }

    #[test]
    fn a_code_is_found_by_its_last_part_and_in_other_case() {
        let near = |word| nearest_code(word, ["CN", "US-CT", "US-IN", "US-IN", "CA-ON", "BR-ON"].into_iter());
        assert_eq!(near("CT"), Some("US-CT"), "before `CN`, which differs by one letter");
        assert_eq!(near("us-in"), Some("US-IN"));
        assert_eq!(near("in"), Some("US-IN"));
        assert_eq!(near("US-IM"), Some("US-IN"));
        assert_eq!(near("ON"), Some("CN"), "two places end with ON");
        assert_eq!(near(""), None);
    }
}
