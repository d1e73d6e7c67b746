//! How a rule is compiled.

use ordinance_domain::fact::Fact;

use crate::source_text::SourceTexts;

/// How a rule is compiled.
#[derive(Debug, Clone, Copy)]
pub struct CompileOptions<'a> {
    /// The facts of the service's contract.
    pub facts: &'a [Fact],
    /// What is written for tools that show lines of source; `None` for what is published.
    pub debug: Option<DebugOptions<'a>>,
}

/// What debug information says.
#[derive(Debug, Clone, Copy)]
pub struct DebugOptions<'a> {
    /// The texts of the rule.
    pub texts: &'a SourceTexts,
    /// The folder of the rule as its lines name it, such as `CN-3706/disability-living-subsidy`.
    pub folder: &'a str,
    /// Whether what an author wrote stands as it was written, for tools that change it.
    pub is_unoptimised: bool,
}
