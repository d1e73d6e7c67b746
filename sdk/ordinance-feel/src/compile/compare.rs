//! Comparisons.

use wasm_encoder::{Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::fixed_at;
use super::helpers::Helper;
use super::node::{self, Node, both, either, equal, not, select};
use super::val::{self, State, Val, is_failure, is_state};
use crate::source_text::Place;
use crate::tree::{Comparison, Expr};

impl Compiler<'_> {
    /// `left operator right`
    pub(super) fn compare(&mut self, operator: Comparison, left: &Expr, right: &Expr, expr: &Expr) -> Compiling<Val> {
        if let Some(found) = self.compare_days_between(operator, left, right, expr)? {
            return Ok(found);
        }
        if let Some(found) = self.compare_quotient(operator, left, right, expr)? {
            return Ok(found);
        }
        let one = self.expr(left)?;
        let other = self.expr(right)?;
        let is_equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
        if is_equality && (may_be_null(&one) || may_be_null(&other)) {
            return self.equality_with_null(operator, (&one, left), (&other, right), expr);
        }
        self.compare_values(operator, (&one, left), (&other, right), expr)
    }

    /// Compares two values of one kind; null of either is null.
    fn compare_values(
        &mut self,
        operator: Comparison,
        (one, left): (&Val, &Expr),
        (other, right): (&Val, &Expr),
        expr: &Expr,
    ) -> Compiling<Val> {
        match (one, other) {
            (Val::Number { scale: of_one, .. }, Val::Number { scale: of_other, .. }) => {
                let scale = *of_one.max(of_other);
                if !self.fits(one, left, scale) || !self.fits(other, right, scale) {
                    return self.boxed_compare(operator, (one, left), (other, right));
                }
                let (one, other) = (self.rescaled(one, scale), self.rescaled(other, scale));
                let compared = self.compare_numbers(operator, &one, &other, expr.place)?;
                // A condition that isn't known has no state.
                let may_be_unknown = left.ty.nullable || right.ty.nullable;
                Ok(if may_be_unknown { self.without_unknown(&compared) } else { compared })
            }
            (Val::Boolean { .. }, Val::Boolean { .. }) => self.compare_conditions(operator, one, other),
            (Val::Choice { .. }, Val::Choice { .. })
            | (Val::Date { .. }, Val::Date { .. })
            | (Val::Text { .. }, Val::Text { .. }) => self.compare_scalars(operator, (one, left), (other, right), expr),
            _ => self.boxed_compare(operator, (one, left), (other, right)),
        }
    }

    /// Whether a number fits 64 bits at a scale.
    pub(super) fn fits(&self, found: &Val, expr: &Expr, wanted: u8) -> bool {
        match found {
            Val::Number { low: Node::I64(units), high: None, scale, .. } => wanted
                .checked_sub(*scale)
                .and_then(super::fixed::power_of_ten)
                .and_then(|power| units.checked_mul(power))
                .is_some(),
            Val::Number { scale, .. } => *scale == wanted || fixed_at(&expr.ty, wanted).is_some(),
            _ => false,
        }
    }

    /// Compares two numbers of one scale.
    pub(super) fn compare_numbers(
        &mut self,
        operator: Comparison,
        one: &Val,
        other: &Val,
        place: Place,
    ) -> Compiling<Val> {
        let (Val::Number { low: a, high: c, state: s, .. }, Val::Number { low: b, high: d, state: t, .. }) =
            (one, other)
        else {
            return self.inconsistent("two numbers aren't compared");
        };
        let state = self.strictest([s.clone(), t.clone()]);
        if c.is_none() && d.is_none() {
            let low = node::at(&node::compare(instruction(operator), a.clone(), b.clone()), self.place_of(place));
            return self.stated(low, None, state);
        }
        let (a, b) = (self.share(a), self.share(b));
        let c = c.as_ref().map_or_else(|| a.clone(), |c| self.code.share(c));
        let d = d.as_ref().map_or_else(|| b.clone(), |d| self.code.share(d));
        let intervals = intervals(operator, (&a, &c), (&b, &d));
        if !self.is_unoptimised {
            return self.stated(intervals.0, Some(intervals.1), state);
        }
        let is_known = both(node::compare(I::I64Eq, a.clone(), c), node::compare(I::I64Eq, b.clone(), d));
        let authored = node::at(&node::compare(instruction(operator), a, b), Some(place));
        self.authored(authored, intervals, &is_known, state)
    }

    /// A comparison as its author wrote it, which stands once, of known numbers; else one of intervals.
    pub(super) fn authored(
        &mut self,
        authored: Node,
        intervals: (Node, Node),
        is_known: &Node,
        state: State,
    ) -> Compiling<Val> {
        let (low, high) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
        self.code.begin_if(is_known, None);
        self.code.set(low, &authored);
        self.code.set(high, &Node::Local(low));
        self.code.begin_else();
        self.code.set(low, &intervals.0);
        self.code.set(high, &intervals.1);
        self.code.end();
        self.stated(Node::Local(low), Some(Node::Local(high)), state)
    }

    /// The place at which authored instructions stand.
    #[expect(clippy::unused_self, reason = "it may depend on the options")]
    pub(super) fn place_of(&self, place: Place) -> Option<Place> {
        Some(place)
    }

    /// A condition, whose state makes it open.
    pub(super) fn stated(&mut self, low: Node, high: Option<Node>, state: State) -> Compiling<Val> {
        let Some(state) = state else { return Ok(Val::Boolean { low, high, state: None }) };
        let low = self.share(&low);
        let state = self.share(&state);
        let high = either(high.unwrap_or_else(|| low.clone()), not(not(state.clone())));
        Ok(Val::Boolean { low: both(low, not(state.clone())), high: Some(high), state: Some(state) })
    }

    fn compare_conditions(&mut self, operator: Comparison, one: &Val, other: &Val) -> Compiling<Val> {
        let (one, other) = (self.as_condition(one)?, self.as_condition(other)?);
        let state = self.strictest([one.state.clone(), other.state.clone()]);
        let is_equal = equal(one.low.clone(), other.low.clone());
        let wanted = if operator == Comparison::NotEqual { not(is_equal) } else { is_equal };
        if one.high.is_none() && other.high.is_none() {
            return self.stated(wanted, None, state);
        }
        let open = |condition: &super::logic::Condition| both(condition.may_be(), not(condition.low.clone()));
        let is_open = self.share(&either(open(&one), open(&other)));
        let wanted = self.share(&wanted);
        let low = both(wanted.clone(), not(is_open.clone()));
        self.stated(low, Some(either(wanted, is_open)), state)
    }

    /// Compares words, days and texts.
    fn compare_scalars(
        &mut self,
        operator: Comparison,
        (one, left): (&Val, &Expr),
        (other, right): (&Val, &Expr),
        expr: &Expr,
    ) -> Compiling<Val> {
        let place = self.place_of(expr.place);
        let compared = match (one, other) {
            (Val::Date { packed: a, .. }, Val::Date { packed: b, .. }) => {
                node::at(&node::narrow(narrow_instruction(operator), vec![a.clone(), b.clone()]), place)
            }
            _ if matches!(operator, Comparison::Equal | Comparison::NotEqual) => {
                let is_equal = self.same_scalars(one, other)?;
                let wanted = if operator == Comparison::NotEqual { not(is_equal) } else { is_equal };
                node::at(&wanted, place)
            }
            _ => return self.boxed_compare(operator, (one, left), (other, right)),
        };
        let state = self.strictest([one.state(), other.state()]);
        let Some(state) = state else { return Ok(Val::condition(compared)) };
        // Where it isn't known, it is open, and has no state of its own.
        let state = self.code.share_state(&state);
        let low = self.share(&both(compared, not(state.clone())));
        let high = either(low.clone(), not(not(state.clone())));
        let own = self.beyond_unknown(&state);
        Ok(Val::Boolean { low, high: Some(high), state: own })
    }

    /// A state of a condition: unknown is none.
    pub(super) fn beyond_unknown(&mut self, state: &Node) -> State {
        match state {
            Node::I32(known) => (*known > val::UNKNOWN).then_some(Node::I32(*known)),
            state if state.is_absence() => None,
            other => {
                let is_more = node::narrow(I::I32GtS, vec![other.clone(), Node::I32(val::UNKNOWN)]);
                Some(select(other.clone(), Node::I32(0), is_more))
            }
        }
    }

    /// A condition or a number without the state that it isn't known, which its ends say.
    pub(super) fn without_unknown(&mut self, found: &Val) -> Val {
        match found.state() {
            None => found.clone(),
            Some(state) => {
                let state = self.share(&state);
                let beyond = self.beyond_unknown(&state);
                found.with_state(beyond)
            }
        }
    }

    /// Whether two words, days or texts are the same.
    pub(super) fn same_scalars(&mut self, one: &Val, other: &Val) -> Compiling<Node> {
        Ok(match (one, other) {
            (Val::Date { packed: a, .. }, Val::Date { packed: b, .. }) => equal(a.clone(), b.clone()),
            (Val::Choice { index: a, words, .. }, Val::Choice { index: b, words: of_other, .. }) => {
                if words == of_other { equal(a.clone(), b.clone()) } else { self.same_words((a, words), (b, of_other)) }
            }
            (Val::Text { address: a, bytes: c, .. }, Val::Text { address: b, bytes: d, .. }) => {
                self.call(Helper::TextEqual, vec![a.clone(), c.clone(), b.clone(), d.clone()])
            }
            _ => return self.inconsistent("two values of different kinds are compared"),
        })
    }

    /// Whether two words of different choices are the same.
    fn same_words(&mut self, (a, words): (&Node, &[String]), (b, of_other): (&Node, &[String])) -> Node {
        let (a, b) = (self.share(a), self.share(b));
        let number = |at: usize| Node::I32(i32::try_from(at).unwrap_or_default());
        let mut found = Node::I32(0);
        for (at, word) in words.iter().enumerate() {
            if let Some(other) = of_other.iter().position(|other| other == word) {
                found = either(found, both(equal(a.clone(), number(at)), equal(b.clone(), number(other))));
            }
        }
        found
    }

    /// `=` and `!=` where one may be null: null is null, and nothing else.
    fn equality_with_null(
        &mut self,
        operator: Comparison,
        (one, left): (&Val, &Expr),
        (other, right): (&Val, &Expr),
        expr: &Expr,
    ) -> Compiling<Val> {
        if matches!(one, Val::Boxed(_)) || matches!(other, Val::Boxed(_)) {
            return self.boxed_compare(operator, (one, left), (other, right));
        }
        let (one, other) = (&self.share_val(one), &self.share_val(other));
        let (no_one, no_other) = (is_state(&one.state(), val::NULL), is_state(&other.state(), val::NULL));
        let (no_one, no_other) = (self.share(&no_one), self.share(&no_other));
        let is_not_equal = operator == Comparison::NotEqual;
        if matches!(one, Val::Null) || matches!(other, Val::Null) {
            let (rest, is_null) = if matches!(one, Val::Null) { (other, no_other) } else { (one, no_one) };
            let place = self.place_of(expr.place);
            let wanted = node::at(&if is_not_equal { not(is_null) } else { is_null }, place);
            // What has failed or isn't known stays so.
            let state = match rest {
                Val::Boolean { high: Some(_), state: None, .. } => Some(Node::I32(0)),
                other => other.state(),
            };
            let Some(state) = state else { return Ok(Val::condition(wanted)) };
            let state = self.share(&state);
            let known = select(Node::I32(0), state.clone(), equal(state, Node::I32(val::NULL)));
            let known = match rest {
                // A condition that isn't known may be null too.
                Val::Boolean { .. } => select(Node::I32(val::UNKNOWN), known, self.is_unknown(rest)),
                _ => known,
            };
            let rest = self.share(&known);
            let wanted = self.share(&wanted);
            let low = both(wanted.clone(), not(rest.clone()));
            let high = either(wanted, not(not(rest.clone())));
            let own = self.beyond_unknown(&rest);
            return Ok(Val::Boolean { low, high: Some(high), state: own });
        }
        let without_null = |found: &Val, is_null: &Node| {
            let state = found.state().map(|state| select(Node::I32(0), state, is_null.clone()));
            found.with_state(state)
        };
        let (plain_one, plain_other) = (without_null(one, &no_one), without_null(other, &no_other));
        let compared = self.compare_values(operator, (&plain_one, left), (&plain_other, right), expr)?;
        let compared = self.as_condition(&compared)?;
        let some_null = self.share(&either(no_one.clone(), no_other.clone()));
        let both_null = both(no_one, no_other);
        let of_null = self.share(&if is_not_equal { not(both_null) } else { both_null });
        let failures = either(is_failure(&one.state()), is_failure(&other.state()));
        // What isn't known may be null; a number of which the bounds are known isn't.
        let open = either(self.is_unknown(one), self.is_unknown(other));
        let decided = self.share(&both(some_null, both(not(failures), not(open))));
        let low = select(of_null.clone(), compared.low.clone(), decided.clone());
        let high = select(of_null, compared.may_be(), decided.clone());
        let state = compared.state.map(|state| select(Node::I32(0), state, decided));
        Ok(Val::Boolean { low, high: Some(high), state })
    }
}

impl Compiler<'_> {
    /// Whether nothing is known of a value.
    fn is_unknown(&self, found: &Val) -> Node {
        match found {
            Val::Boolean { low, high: Some(high), state } => {
                both(both(high.clone(), not(low.clone())), super::val::is_value(state))
            }
            other => is_state(&other.state(), val::UNKNOWN),
        }
    }
}

fn may_be_null(found: &Val) -> bool {
    match found {
        Val::Null => true,
        Val::Boxed(_) => false,
        // A state that is nothing but `eqz` of a tag is that of a fact, which is never null.
        other => other.state().is_some_and(|state| match state {
            Node::I32(known) => known == val::NULL,
            state => !state.is_absence(),
        }),
    }
}

/// The instruction of a comparison of `i64`.
pub(super) fn instruction(operator: Comparison) -> I<'static> {
    match operator {
        Comparison::Equal => I::I64Eq,
        Comparison::NotEqual => I::I64Ne,
        Comparison::Less => I::I64LtS,
        Comparison::LessOrEqual => I::I64LeS,
        Comparison::Greater => I::I64GtS,
        Comparison::GreaterOrEqual => I::I64GeS,
    }
}

fn narrow_instruction(operator: Comparison) -> I<'static> {
    match operator {
        Comparison::Equal => I::I32Eq,
        Comparison::NotEqual => I::I32Ne,
        Comparison::Less => I::I32LtS,
        Comparison::LessOrEqual => I::I32LeS,
        Comparison::Greater => I::I32GtS,
        Comparison::GreaterOrEqual => I::I32GeS,
    }
}

/// Whether a comparison of two intervals is certainly true, and whether it may be.
fn intervals(operator: Comparison, (a, c): (&Node, &Node), (b, d): (&Node, &Node)) -> (Node, Node) {
    let test = |operator, one: &Node, other: &Node| node::compare(instruction(operator), one.clone(), other.clone());
    match operator {
        Comparison::Less | Comparison::LessOrEqual => (test(operator, c, b), test(operator, a, d)),
        Comparison::Greater | Comparison::GreaterOrEqual => (test(operator, a, d), test(operator, c, b)),
        Comparison::Equal | Comparison::NotEqual => {
            // The ends are in order, so two of four comparisons suffice.
            let same = both(test(Comparison::Equal, a, d), test(Comparison::Equal, c, b));
            let meet = both(test(Comparison::LessOrEqual, a, d), test(Comparison::GreaterOrEqual, c, b));
            match operator {
                Comparison::NotEqual => (not(meet), not(same)),
                _ => (same, meet),
            }
        }
    }
}
