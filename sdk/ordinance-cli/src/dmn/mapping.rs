//! The file of `import --mapping`.

use std::collections::BTreeMap;
use std::path::Path;

use ordinance_feel::dmn::import::Mapping;
use serde::Deserialize;

use super::tck_folder::read_text;
use crate::exit::CommandError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MappingToml {
    outcome: Option<String>,
    outcome_value: Option<String>,
    #[serde(default)]
    criteria: BTreeMap<String, String>,
    #[serde(default)]
    grant: BTreeMap<String, String>,
    #[serde(default)]
    facts: BTreeMap<String, String>,
}

/// Reads a mapping; without a file there is none.
pub(super) fn read_mapping(path: Option<&Path>) -> Result<Mapping, CommandError> {
    let Some(path) = path else {
        return Ok(Mapping::default());
    };
    let text = read_text(path)?;
    let written: MappingToml = toml::from_str(&text).map_err(|error| {
        CommandError::bad_use(
            format!("`{}`: {}", path.display(), error.message()),
            "it has outcome = \"DECISION\", outcome-value, [criteria] id = \"DECISION\", [grant] field = \"DECISION\" and \
             [facts] fact = \"INPUT\" or \"INPUT.PART\"",
        )
    })?;
    Ok(Mapping {
        outcome: written.outcome,
        outcome_value: written.outcome_value,
        criteria: written.criteria.into_iter().collect(),
        grant: written.grant.into_iter().collect(),
        facts: written.facts.into_iter().collect(),
    })
}
