//! Written amounts that the contract doesn't allow: of a branch or of a row of a table whose output is granted as it
//! is. A rule that gives one fails, so that nobody gets it.

use std::collections::HashSet;

use ordinance_domain::contract::{Contract, GrantField};
use ordinance_feel_runtime::Value;

use super::grant::contract_bounds;
use crate::exact::Exact;
use crate::source_text::ExpressionError;
use crate::tree::{Answer, Expr, ExprKind, LocalId, Program};

/// The written numbers that are granted as they are and that the contract doesn't allow.
pub(super) fn amounts_out_of_bounds(program: &Program, contract: &Contract) -> Vec<ExpressionError> {
    let Answer::Determination(answer) = &program.answer else { return Vec::new() };
    let mut found = Vec::new();
    for (granted, field) in answer.grant.iter().zip(&contract.grant) {
        if let Some(value) = &granted.value {
            let mut search = Search { program, field, seen: HashSet::new(), found: &mut found };
            search.look(value);
        }
    }
    found
}

struct Search<'a> {
    program: &'a Program,
    field: &'a GrantField,
    /// The names that were looked at.
    seen: HashSet<LocalId>,
    found: &'a mut Vec<ExpressionError>,
}

impl Search<'_> {
    fn look(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Constant(Value::Number(number)) => {
                let Some(number) = Exact::of(*number) else { return };
                let Some((low, high)) = contract_bounds(self.field) else { return };
                if number < low || number > high {
                    self.found.push(ExpressionError {
                        place: expr.place,
                        message: format!(
                            "`{}` is from {low} to {high} in the contract, and this is {number}",
                            self.field.name
                        ),
                        help: Some("correct the number; a rule that gives it fails".to_owned()),
                    });
                }
            }
            ExprKind::Local(local) => {
                let definition = self.program.definitions.iter().find(|definition| definition.local == *local);
                if let Some(definition) = definition.filter(|_| self.seen.insert(*local)) {
                    self.look(&definition.value);
                }
            }
            ExprKind::Required(value) => self.look(value),
            ExprKind::If { then, otherwise, .. } => {
                self.look(then);
                self.look(otherwise);
            }
            ExprKind::Table(table) => {
                let outputs = table.rows.iter().map(|row| &row.outputs).chain(&table.default);
                // Of several outputs, the field that is granted isn't followed.
                outputs.filter(|outputs| outputs.len() == 1).flatten().for_each(|output| self.look(output));
            }
            _ => {}
        }
    }
}
