//! Refuses elements that share an id or a name: it wouldn't be certain which of them is meant.

use std::collections::HashMap;

use crate::dmn::model::{ElementPlace, Model};
use crate::dmn::refusal::RefusalError;

/// Refuses the second of two elements with one id, of two of one kind with one name, and of two types with one name.
pub(super) fn check_duplicates(model: &Model) -> Result<(), RefusalError> {
    let mut ids: Vec<(&str, &ElementPlace)> = Vec::new();
    ids.extend(model.inputs.iter().map(|input| (input.id.as_str(), &input.place)));
    ids.extend(model.decisions.iter().map(|decision| (decision.id.as_str(), &decision.place)));
    ids.extend(model.knowledge.iter().map(|knowledge| (knowledge.id.as_str(), &knowledge.place)));
    ids.extend(model.services.iter().map(|service| (service.id.as_str(), &service.place)));
    only_once(ids, "id", "give each element an id of its own, and require it by that")?;
    let rename = "rename one of them";
    only_once(model.inputs.iter().map(|input| (input.variable.name.as_str(), &input.place)), "name", rename)?;
    only_once(model.decisions.iter().map(|it| (it.variable.name.as_str(), &it.place)), "name", rename)?;
    only_once(model.knowledge.iter().map(|it| (it.variable.name.as_str(), &it.place)), "name", rename)?;
    only_once(model.services.iter().map(|it| (it.variable.name.as_str(), &it.place)), "name", rename)?;
    only_once(model.items.iter().map(|item| (item.name.as_str(), &item.place)), "name", rename)
}

fn only_once<'m>(
    named: impl IntoIterator<Item = (&'m str, &'m ElementPlace)>,
    what: &str,
    help: &str,
) -> Result<(), RefusalError> {
    let mut known: HashMap<&str, &ElementPlace> = HashMap::new();
    for (word, place) in named.into_iter().filter(|(word, _)| !word.is_empty()) {
        if let Some(first) = known.insert(word, place) {
            let reason = format!("{} in line {} has the {what} `{word}` too", first.element, first.line);
            return Err(RefusalError { help: Some(help.to_owned()), ..place.refuse(reason) });
        }
    }
    Ok(())
}
