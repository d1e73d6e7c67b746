//! Where values of the library meet the others: arguments, fields, conditions, the grant.

use ordinance_domain::fact::FactType;
use ordinance_domain::rule_type::ValueType;
use ordinance_feel_runtime::{Failure, Rounding, Value};
use wasm_encoder::{Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::CompileError;
use super::error::Compiling;
use super::fixed::power_of_ten;
use super::helpers::Helper;
use super::load::Absence;
use super::logic::Condition;
use super::node::{self, Node, both, either, equal, not, select};
use super::val::{self, Val};
use crate::source_text::Place;
use crate::tree::{Expr, Property};
use crate::types::Type;

impl Compiler<'_> {
    /// A number of an argument that 64 bits don't hold in its bounds.
    pub(super) fn boxed_argument(
        &mut self,
        units: Node,
        scale: Option<Node>,
        ty: &Type,
        absence: &Absence,
    ) -> Compiling<Val> {
        let result = self.code.local(ValType::I32);
        let made = vec![units, scale.unwrap_or(Node::I32(0))];
        let Some(present) = &absence.present else {
            return self.library("make.number", made).map(Val::Boxed);
        };
        self.code.begin_if(present, None);
        let number = self.library_call("make.number", made, false)?;
        self.code.set(result, &number);
        self.code.begin_else();
        let none = if absence.is_null { "make.null" } else { "make.unknown" };
        let none = self.library_call(none, Vec::new(), false)?;
        self.code.set(result, &none);
        self.code.end();
        self.typed(Node::Local(result), ty)
    }

    /// A field of a context of the library.
    pub(super) fn boxed_field(&mut self, found: &Val, context: &Expr, index: usize, ty: &Type) -> Compiling<Val> {
        let address = self.boxed(found, &context.ty)?;
        let index = Node::I32(i32::try_from(index).unwrap_or_default());
        let field = self.library("get.field", vec![address, index])?;
        self.typed(field, ty)
    }

    pub(super) fn boxed_required(&mut self, address: &Node, place: Place) -> Compiling<Val> {
        self.library_at("operator.required", vec![address.clone()], place).map(Val::Boxed)
    }

    /// A property of a day; of anything else by the library.
    pub(super) fn property(&mut self, value: &Expr, property: Property, expr: &Expr) -> Compiling<Val> {
        if let Some(found) = self.date_property(value, property, &expr.ty)? {
            return Ok(found);
        }
        let found = self.expr(value)?;
        let name = match property {
            Property::Year => "property.year",
            Property::Month => "property.month",
            Property::Day => "property.day",
            Property::Weekday => "property.weekday",
            Property::Hour => "property.hour",
            Property::Minute => "property.minute",
            Property::Second => "property.second",
            Property::TimeOffset => "property.time_offset",
            Property::Timezone => "property.timezone",
            Property::Years => "property.years",
            Property::Months => "property.months",
            Property::Days => "property.days",
            Property::Hours => "property.hours",
            Property::Minutes => "property.minutes",
            Property::Seconds => "property.seconds",
            Property::Start => "property.start",
            Property::End => "property.end",
            Property::StartIncluded => "property.start_included",
            Property::EndIncluded => "property.end_included",
        };
        let address = self.boxed(&found, &value.ty)?;
        let part = self.library_at(name, vec![address], expr.place)?;
        self.typed(part, &expr.ty)
    }

    /// Whether a value of the library is known; it hasn't failed.
    pub(super) fn boxed_is_known(&mut self, address: &Node) -> Compiling<(Node, Node)> {
        let state = self.library("get.state", vec![address.clone()])?;
        let is_unknown = either(equal(state.clone(), Node::I32(2)), equal(state, Node::I32(5)));
        let own = self.boxed_state(address)?;
        Ok((not(is_unknown), own))
    }

    pub(super) fn boxed_common(
        &mut self,
        condition: &Condition,
        first: &Node,
        second: &Node,
        ty: &Type,
    ) -> Compiling<Val> {
        // What both have in common depends on whether the condition has failed.
        let unknown = Val::Boolean { low: Node::I32(0), high: Some(Node::I32(1)), state: condition.state.clone() };
        let condition = match &condition.state {
            None => self.unknown()?,
            Some(_) => self.boxed(&unknown, &crate::types::TypeKind::Boolean.into())?,
        };
        let operands = vec![condition, first.clone(), second.clone()];
        let common = self.library_sized("operator.agree", operands, super::weight::parts(ty))?;
        self.typed(common, ty)
    }

    /// A value of the grant in the form of the contract's field.
    pub(super) fn granted(
        &mut self,
        found: &Val,
        value_type: &ValueType,
        fact_type: &FactType,
        place: Place,
    ) -> Compiling<Val> {
        let scale = match fact_type {
            FactType::Decimal { scale, .. } => u8::try_from(*scale).unwrap_or(u8::MAX),
            _ => 0,
        };
        match (value_type.inner(), found) {
            (ValueType::Decimal | ValueType::Integer(_), Val::Number { scale: own, .. }) if *own > scale => {
                self.exact(found, scale, place)
            }
            (ValueType::Decimal | ValueType::Integer(_), Val::Boxed(address)) => {
                self.boxed_grant(address, scale, place)
            }
            (value_type, Val::Boxed(address)) => self.unboxed(address, value_type, place),
            _ => Ok(found.clone()),
        }
    }

    /// A number with fewer digits after the point; one that has more has failed.
    pub(super) fn exact(&mut self, found: &Val, wanted: u8, place: Place) -> Compiling<Val> {
        let Val::Number { scale, .. } = found else { return self.inconsistent("no number is granted") };
        let Some(power) = power_of_ten(scale - wanted) else { return self.inconsistent("a grant has too many digits") };
        let (ends, state) = self.ends(found)?;
        let rest = node::wide(I::I64RemS, vec![ends.low.clone(), Node::I64(power)]);
        let has_more = node::compare(I::I64Ne, rest, Node::I64(0));
        let is_known = match &ends.high {
            None => Node::I32(1),
            Some(high) => node::compare(I::I64Eq, ends.low.clone(), high.clone()),
        };
        let own = state.unwrap_or(Node::I32(0));
        let own = self.share(&own);
        let fails = both(both(has_more, is_known.clone()), not(own.clone()));
        let failed = Node::I32(self.failure(place, Failure::NotInDomain));
        let state = select(failed, own, fails);
        let state = self.share(&state);
        let low = node::wide(I::I64DivS, vec![ends.low.clone(), Node::I64(power)]);
        let low = self.share(&low);
        // What isn't known stays so.
        let high = match is_known {
            Node::I32(_) => None,
            is_known => {
                let open = node::wide(I::I64ExtendI32U, vec![not(is_known)]);
                Some(node::add(low.clone(), open))
            }
        };
        Ok(Val::Number { low, high, scale: wanted, state: Some(state) })
    }

    /// A number of the library as a grant: a number that doesn't fit has failed.
    fn boxed_grant(&mut self, address: &Node, scale: u8, place: Place) -> Compiling<Val> {
        let misfit = self.failure(place, Failure::NotInDomain);
        self.boxed_number(address, scale, misfit)
    }

    /// A number of the library at a scale; `misfit` is the state of one that doesn't fit.
    fn boxed_number(&mut self, address: &Node, scale: u8, misfit: i32) -> Compiling<Val> {
        let digits = Node::I32(scale.into());
        let own = self.boxed_state(address)?;
        let fixed = self.library("get.fixed_state", vec![address.clone(), digits.clone()])?;
        let state = select(Node::I32(misfit), own, equal(fixed.clone(), Node::I32(1)));
        // Unknown is an open interval.
        let is_open = either(equal(fixed.clone(), Node::I32(2)), equal(fixed, Node::I32(5)));
        let is_open = self.share(&is_open);
        let state = select(Node::I32(0), state, is_open.clone());
        let state = self.share(&state);
        let low = self.library_call("get.fixed", vec![address.clone(), digits], true)?;
        let low = self.code.keep(&low);
        let high = node::add(low.clone(), node::wide(I::I64ExtendI32U, vec![is_open]));
        let high = self.share(&high);
        Ok(Val::Number { low, high: Some(high), scale, state: Some(state) })
    }

    /// An intermediate value of the library: a number is rounded half even. One that is too large for the interface of
    /// rules isn't told.
    pub(super) fn told_boxed(&mut self, address: &Node, scale: u8) -> Compiling<Val> {
        let digits = self.boxed_constant_node(&Value::integer(scale.into()))?;
        let rounded = self.library("function.decimal", vec![address.clone(), digits])?;
        self.boxed_number(&rounded, scale, val::NULL)
    }

    /// A number rounded half even.
    pub(super) fn shortened(&mut self, found: &Val, wanted: u8) -> Compiling<Val> {
        let Val::Number { scale, .. } = found else { return self.inconsistent("no number is told") };
        let Some(power) = Self::power(scale - wanted) else { return self.inconsistent("a number has too many digits") };
        let (ends, state) = self.ends(found)?;
        let low = self.call(Helper::Divide(Rounding::HalfEven), vec![ends.low, power.clone()]);
        let high = ends.high.map(|high| self.call(Helper::Divide(Rounding::HalfEven), vec![high, power]));
        Ok(Val::Number { low, high, scale: wanted, state })
    }

    /// A value of the library as one that the component declares.
    pub(super) fn unboxed(&mut self, address: &Node, value_type: &ValueType, place: Place) -> Compiling<Val> {
        let text = |compiler: &mut Self| -> Compiling<(Node, Node)> {
            let start = compiler.library("get.text_address", vec![address.clone()])?;
            Ok((start, compiler.library("get.text_bytes", vec![address.clone()])?))
        };
        Ok(match value_type {
            ValueType::Bool => self.unboxed_condition(address)?.val(),
            ValueType::Text => {
                let state = self.boxed_state(address)?;
                let (start, bytes) = text(self)?;
                Val::Text { address: start, bytes, state: Some(state) }
            }
            ValueType::Choice(words) => {
                let state = self.boxed_state(address)?;
                let (start, bytes) = text(self)?;
                let mut index = Node::I32(0);
                for (at, word) in words.iter().enumerate().skip(1) {
                    let known = Node::I32(self.data.text(word).cast_signed());
                    let length = Node::I32(i32::try_from(word.len()).unwrap_or_default());
                    let is_it = self.call(Helper::TextEqual, vec![start.clone(), bytes.clone(), known, length]);
                    index = select(Node::I32(i32::try_from(at).unwrap_or_default()), index, is_it);
                }
                Val::Choice { index, words: words.iter().cloned().collect(), state: Some(state) }
            }
            ValueType::Date => {
                let state = self.boxed_state(address)?;
                let year = self.library("get.year", vec![address.clone()])?;
                let month = self.library("get.month", vec![address.clone()])?;
                let day = self.library("get.day", vec![address.clone()])?;
                let high = node::narrow(I::I32Shl, vec![year, Node::I32(9)]);
                let middle = node::narrow(I::I32Shl, vec![month, Node::I32(5)]);
                let packed = node::narrow(I::I32Or, vec![node::narrow(I::I32Or, vec![high, middle]), day]);
                Val::Date { packed, state: Some(state) }
            }
            ValueType::Decimal | ValueType::Integer(_) => self.boxed_grant(address, 0, place)?,
            ValueType::Record(_) | ValueType::List(_) | ValueType::Decimals | ValueType::Option(_) => {
                return Err(CompileError::Inconsistent(
                    "a record or a list is granted as a value of the library".into(),
                ));
            }
        })
    }
}
