//! Privacy law in a decision: what it rules on the facts, and which facts rules may therefore use. A fact that was not
//! admitted here can't reach a rule.

mod admit;
mod fact_forms;
mod gate;
mod level_forms;
mod rule_on;

pub use self::admit::{AdmittedFacts, admit};
pub(crate) use self::fact_forms::{FactForms, FormCounts};
pub use self::gate::{gate, rulings_without_case};
#[cfg(not(target_family = "wasm"))]
pub(crate) use self::rule_on::{PrivacyRequest, call_privacy_rules};
