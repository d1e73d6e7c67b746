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

/// The help for a name that isn't known: the nearest one, and what there is.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone, what: &str) -> String {
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
