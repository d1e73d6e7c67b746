//! The texts of a rule, as its author wrote them: what `check` reads.

use crate::source_text::{SourceTexts, TextId};
use crate::tree::HitPolicy;

/// The expressions and tables of a rule.
#[derive(Debug, Clone, Default)]
pub struct RuleText {
    /// All texts, which the others name.
    pub texts: SourceTexts,
    /// `[define]`: names, each with its expression, in any order.
    pub defines: Vec<(String, TextId)>,
    /// `[tables.NAME]`
    pub tables: Vec<TableText>,
    /// `[[criteria]]`, in the order of the manifest.
    pub criteria: Vec<CriterionText>,
    /// `[eligible] when`; without it every criterion has to be satisfied.
    pub eligible: Option<TextId>,
    /// `[grant]`: names, each with its expression.
    pub grant: Vec<(String, TextId)>,
    /// The names in `[intermediates]` of the manifest: of the defined values, those that the rule tells.
    pub intermediates: Vec<String>,
}

/// A criterion.
#[derive(Debug, Clone)]
pub struct CriterionText {
    /// The id, in `kebab-case`; in expressions it is `snake_case`.
    pub id: String,
    /// The condition.
    pub when: TextId,
    /// The list for each of whose items it holds or not; the condition names the parts of an item, and `item` itself.
    pub each: Option<String>,
}

/// A decision table. Its name stands for its value in expressions.
#[derive(Debug, Clone)]
pub struct TableText {
    /// The name.
    pub name: String,
    /// Which row counts.
    pub hit: HitPolicy,
    /// The expression of each input column.
    pub inputs: Vec<TextId>,
    /// The name of each output column. With one column the table's value is that output, with several it is a context.
    pub outputs: Vec<String>,
    /// For each output its values in the order of their priority, if the author gives them.
    pub priorities: Vec<Option<TextId>>,
    /// The rows.
    pub rows: Vec<RowText>,
    /// The outputs if no row matches.
    pub default: Option<Vec<TextId>>,
    /// Where the table's own faults are told, such as its heading.
    pub place: TextId,
}

/// A row of a decision table.
#[derive(Debug, Clone)]
pub struct RowText {
    /// A list of unary tests for each input column; an empty text counts as `-`.
    pub tests: Vec<TextId>,
    /// An expression for each output column.
    pub outputs: Vec<TextId>,
}
