//! Suggestions for misspelt words.

const SLIPS_MAX: usize = 2;

/// The nearest known word that `word` may misspell: at most one letter is missing, added, changed or swapped with the
/// next, or two in a word of 8 letters and more. `None` if there is none; `word` itself doesn't count.
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let slips = |known: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase());
    // Skip words whose length differs too much: the comparison takes quadratic time.
    let known = known.filter(|known| known.len().abs_diff(word.len()) <= SLIPS_MAX && *known != word);
    let may_be = |(slips, known): &(usize, &str)| *slips <= if known.len() < 8 { 1 } else { SLIPS_MAX };
    known.map(|known| (slips(known), known)).filter(may_be).min_by_key(|(slips, _)| *slips).map(|(_, known)| known)
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
}
