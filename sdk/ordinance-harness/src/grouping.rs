//! What a comparison of two rulebooks counts: how people are grouped, and how many each stands for.

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::name::{FieldName, shortened};
use ordinance_domain::value::{Decimal, Value, field};
use ordinance_engine::case::Case;

use crate::cell_value::plain_text;
use crate::table::Cell;
use crate::test_case::DecisionTest;

/// How the decisions of two rulebooks are compared.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The groupings.
    pub by: Vec<Grouping>,
    /// The column that says how many people one stands for; `None` if each stands for themselves.
    pub weight: Option<String>,
    /// The moment by which cases without a day of knowledge or of processing have one.
    pub now: Timestamp,
}

/// How people are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grouping {
    /// By the value of a fact.
    Fact(FieldName),
    /// By the text of a column that belongs to no case.
    Column(String),
}

/// The group of those whose value isn't known.
pub const NOT_KNOWN: &str = "not known";
/// The group of all groups beyond those that are kept apart.
pub(crate) const OTHERS: &str = "(others)";
/// The group of all groups with small cells, in what is published.
pub(crate) const SMALL_GROUPS: &str = "(small groups)";
/// The digits after the point of a weight. Further ones are rounded.
const WEIGHT_SCALE: u32 = 6;
/// The largest weight: more people than there are.
const WEIGHT_MAX: Decimal = Decimal::from_parts(4_294_967_295, 0, 0, false, 0);

/// A weight that can't be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightError {
    /// The person has none.
    #[error("the weight `{0}` is empty; write how many people this one stands for")]
    Missing(String),
    /// The cell can't be read.
    #[error("the weight `{column}`: {error}")]
    Cell {
        /// The name of the column.
        column: String,
        /// Why.
        error: String,
    },
    /// It is no number.
    #[error("the weight `{column}` is `{text}`; write a number from 0 to {WEIGHT_MAX} with a decimal point")]
    NoWeight {
        /// The name of the column.
        column: String,
        /// What stands there.
        text: String,
    },
}

impl Comparison {
    /// One without groupings and weights.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { by: Vec::new(), weight: None, now }
    }

    /// How many people the one of a test stands for, rounded to 6 digits after the point.
    ///
    /// # Errors
    /// [`WeightError`].
    pub fn weight_of(&self, test: &DecisionTest) -> Result<Decimal, WeightError> {
        let Some(column) = &self.weight else { return Ok(Decimal::ONE) };
        weight(column, test.columns.get(column).map(String::as_str))
    }

    /// The same of a cell.
    ///
    /// # Errors
    /// [`WeightError`].
    pub fn weight_of_cell(&self, cell: &Cell) -> Result<Decimal, WeightError> {
        let Some(column) = &self.weight else { return Ok(Decimal::ONE) };
        let text =
            plain_text(cell).map_err(|error| WeightError::Cell { column: column.clone(), error: error.to_string() })?;
        weight(column, Some(text.as_str()).filter(|_| *cell != Cell::Empty))
    }

    /// The columns that belong to no case.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let of = |grouping: &Grouping| match grouping {
            Grouping::Column(name) => Some(name.clone()),
            Grouping::Fact(_) => None,
        };
        self.by.iter().filter_map(of).chain(self.weight.clone()).collect()
    }
}

fn weight(column: &str, text: Option<&str>) -> Result<Decimal, WeightError> {
    let text = text.ok_or_else(|| WeightError::Missing(column.to_owned()))?;
    // A binary number may be written with an exponent.
    let number = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(text));
    let number = number.ok().filter(|number| !number.is_sign_negative() && *number <= WEIGHT_MAX);
    let no_weight = || WeightError::NoWeight { column: column.to_owned(), text: shortened(text).to_string() };
    Ok(number.ok_or_else(no_weight)?.round_dp(WEIGHT_SCALE).normalize())
}

impl Grouping {
    /// The name of the fact or of the column.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Fact(name) => name.as_str(),
            Self::Column(name) => name,
        }
    }

    /// The group of a case.
    #[must_use]
    pub fn group_of(&self, case: &Case, test: &DecisionTest) -> String {
        let group = match self {
            Self::Fact(name) => field(&case.facts.0, name).map(Value::to_plain),
            Self::Column(name) => test.columns.get(name).cloned(),
        };
        match group {
            None => NOT_KNOWN.to_owned(),
            // A value that reads like a group of ours stays apart from it.
            Some(text) if [NOT_KNOWN, OTHERS, SMALL_GROUPS].contains(&text.as_str()) => format!("\"{text}\""),
            Some(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_a_number_of_people() {
        let read = |text: &str| weight("weight", Some(text)).map(|weight| weight.to_string());
        assert_eq!(read("12.50").unwrap(), "12.5");
        assert_eq!(read("0").unwrap(), "0");
        assert_eq!(read("1.23456789e2").unwrap(), "123.456789");
        assert_eq!(read("1234.5678905").unwrap(), "1234.56789");
        for bad in ["-1", "NaN", "", "many", "99999999999", "1e300"] {
            let said = read(bad).unwrap_err().to_string();
            assert!(said.contains(&format!("`{bad}`; write a number from 0")), "{said}");
        }
        assert!(weight("weight", None).unwrap_err().to_string().contains("`weight` is empty"));
    }
}
