//! A rule as it is imported.

use crate::dmn::model::ElementPlace;

/// A rule, as the expressions of its manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportedRule {
    /// The name of the model.
    pub title: String,
    /// `[define]`
    pub defines: Vec<(String, String)>,
    /// `[tables.NAME]`
    pub tables: Vec<ImportedTable>,
    /// `[[criteria]]`
    pub criteria: Vec<ImportedCriterion>,
    /// `[eligible] when`, if it isn't every criterion.
    pub eligible: Option<String>,
    /// `[grant]`
    pub grant: Vec<(String, String)>,
    /// The inputs for which the service has no fact: the input, or its part, and the name that the rule uses.
    pub without_fact: Vec<(String, String)>,
    /// The decisions of the model that no part of the rule is of or uses.
    pub unused: Vec<String>,
    /// The days on which the rule is in force, if the model says so: the first, and the first on which it no longer is,
    /// as `YYYY-MM-DD`.
    pub in_force: Option<(String, Option<String>)>,
    /// The elements of the model that parts of the rule are of.
    pub elements: Vec<(RulePart, ElementPlace)>,
    /// What the model says and the rule doesn't, each with its place and where to state it.
    pub notes: Vec<String>,
}

/// A part of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulePart {
    /// `[define]`, by its name.
    Define(String),
    /// A criterion, by its id.
    Criterion(String),
    /// `[eligible]`
    Eligible,
    /// A field of the grant.
    Grant(String),
    /// A table without its rows, by its name.
    Table(String),
    /// A row of a table, from 0.
    Row(String, usize),
}

impl ImportedRule {
    /// The element of the model that a part of the rule is of.
    #[must_use]
    pub fn element_of(&self, part: &RulePart) -> Option<&ElementPlace> {
        self.elements.iter().find(|(known, _)| known == part).map(|(_, element)| element)
    }
}

/// A criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedCriterion {
    /// Its id.
    pub id: String,
    /// What the model calls it.
    pub title: String,
    /// Its condition.
    pub when: String,
}

/// A decision table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedTable {
    /// Its name.
    pub name: String,
    /// What the model calls it.
    pub title: String,
    /// The hit policy in the words of a manifest.
    pub hit: &'static str,
    /// The expressions of its inputs.
    pub inputs: Vec<String>,
    /// The names of its outputs; of one output none.
    pub outputs: Vec<String>,
    /// The cells of each row.
    pub rows: Vec<Vec<String>>,
    /// The outputs if no row matches.
    pub default: Vec<String>,
    /// The values of outputs in the order of their priority, by the output's name.
    pub priorities: Vec<(String, String)>,
}
