//! What a condition says of values that may be null: where it holds, or where it doesn't, they aren't.

use ordinance_feel_runtime::{Builtin, Value};

use super::checked::Path;
use crate::tree::{Comparison, Definition, Expr, ExprKind};

/// What isn't null where the condition is true, or where it is false.
pub(crate) fn implied(condition: &Expr, truth: bool, definitions: &[Definition]) -> Vec<Path> {
    let mut found = Vec::new();
    add_implied(condition, truth, definitions, &mut found);
    found
}

fn add_implied(condition: &Expr, truth: bool, definitions: &[Definition], found: &mut Vec<Path>) {
    match &condition.kind {
        ExprKind::And(left, right) if truth => {
            add_implied(left, truth, definitions, found);
            add_implied(right, truth, definitions, found);
        }
        ExprKind::Or(left, right) if !truth => {
            add_implied(left, truth, definitions, found);
            add_implied(right, truth, definitions, found);
        }
        ExprKind::Compare { operator, left, right } => {
            let is_null_test = matches!((operator, truth), (Comparison::Equal, false) | (Comparison::NotEqual, true));
            let tested = match (is_null(left), is_null(right)) {
                (true, false) => Some(right),
                (false, true) => Some(left),
                (_, _) => None,
            };
            found.extend(tested.filter(|_| is_null_test).and_then(|tested| Path::of(tested)));
        }
        ExprKind::Call { function: Builtin::Not, arguments } => {
            if let [condition] = arguments.as_slice() {
                add_implied(condition, !truth, definitions, found);
            }
        }
        ExprKind::Local(local) => {
            if let Some(definition) = definitions.iter().find(|definition| definition.local == *local) {
                add_implied(&definition.value, truth, definitions, found);
            }
        }
        _ => {}
    }
}

/// Whether it is `null`.
pub(crate) fn is_null(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Constant(Value::Null))
}
