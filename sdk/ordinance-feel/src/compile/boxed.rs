//! Values of the run-time library: how they are made of other values, and what is read from them.

use ordinance_feel_runtime::{Builtin, Decimal, Value};
use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::compiler::{Compiler, FIRST_EXPORT};
use super::error::CompileError;
use super::error::Compiling;
use super::logic::Condition;
use super::node::{self, Node, equal, not, select};
use super::val::{ListVal, State, Val};
use super::weight;
use crate::source_text::Place;
use crate::tree::{Arithmetic, Comparison, Expr};
use crate::types::{Type, TypeKind};

/// The states of what has failed within the library have no place, but this bit.
pub(super) const LIBRARY_FAILURE: i32 = 1 << 30;

impl Compiler<'_> {
    /// A call of a function of the library, whose value is kept at once.
    pub(super) fn library(&mut self, name: &'static str, operands: Vec<Node>) -> Compiling<Node> {
        let call = self.library_call(name, operands, false)?;
        Ok(self.code.keep(&call))
    }

    /// A call of a function of the library whose arguments have so many parts, as for the bound on fuel.
    pub(super) fn library_sized(
        &mut self,
        name: &'static str,
        operands: Vec<Node>,
        parts: Option<u64>,
    ) -> Compiling<Node> {
        let called = self.library(name, operands)?;
        self.code.weigh(parts);
        Ok(called)
    }

    /// The number of a function of the library.
    fn library_function(&mut self, name: &'static str) -> Compiling<u32> {
        if self.library.export(name).is_none() {
            let what = name.strip_prefix("function.").unwrap_or(name);
            return Err(CompileError::Inconsistent(format!("the run-time library has no `{what}`")));
        }
        let index = self.exports.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.exports.push(name);
            self.exports.len() - 1
        });
        Ok(FIRST_EXPORT + u32::try_from(index).unwrap_or_default())
    }

    /// A call of a function of the library.
    pub(super) fn library_call(&mut self, name: &'static str, operands: Vec<Node>, is_wide: bool) -> Compiling<Node> {
        let number = self.library_function(name)?;
        let make = if is_wide { node::wide } else { node::narrow };
        Ok(make(I::Call(number), operands))
    }

    /// Calls a function of the library that has no value.
    pub(super) fn library_effect(&mut self, name: &'static str, operands: &[Node]) -> Compiling<()> {
        let number = self.library_function(name)?;
        operands.iter().for_each(|operand| self.code.emit(operand));
        self.code.push(I::Call(number));
        Ok(())
    }

    /// A value of the library, unless the state says that there is none.
    fn boxed_with_state(&mut self, state: &State, make: impl FnOnce(&mut Self) -> Compiling<Node>) -> Compiling<Node> {
        let Some(state) = state else { return make(self) };
        let state = self.share(state);
        let result = self.code.local(ValType::I32);
        self.code.begin_if(&state, None);
        let made = self.library_call("state.make", vec![state], false)?;
        self.code.set(result, &made);
        self.code.begin_else();
        let made = make(self)?;
        self.code.set(result, &made);
        self.code.end();
        Ok(Node::Local(result))
    }

    /// A value as one of the library. `ty` is its type.
    pub(super) fn boxed(&mut self, found: &Val, ty: &Type) -> Compiling<Node> {
        match found {
            Val::Boxed(address) => Ok(address.clone()),
            Val::Null => self.boxed_constant_node(&Value::Null),
            Val::Boolean { low, high, state } => {
                let (low, high) = (low.clone(), high.clone());
                self.boxed_with_state(state, |compiler| match high {
                    None => compiler.library("make.boolean", vec![low]),
                    Some(high) => {
                        let (low, high) = (compiler.share(&low), compiler.share(&high));
                        let truth = select(low.clone(), Node::I32(2), equal(low, high));
                        compiler.library("make.truth", vec![truth])
                    }
                })
            }
            Val::Number { low, high, scale, state } => {
                let (low, high, scale) = (low.clone(), high.clone(), Node::I32((*scale).into()));
                self.boxed_with_state(state, |compiler| {
                    let low = compiler.library("make.number", vec![low, scale.clone()])?;
                    let Some(high) = high else { return Ok(low) };
                    let high = compiler.library("make.number", vec![high, scale])?;
                    compiler.library("make.between", vec![low, high])
                })
            }
            Val::Choice { index, words, state } => {
                let (index, words) = (index.clone(), words.clone());
                self.boxed_with_state(state, |compiler| compiler.boxed_word(&index, &words))
            }
            Val::Date { packed, state } => {
                let packed = self.share(packed);
                self.boxed_with_state(state, |compiler| {
                    let part = |shift: i32, mask: i32| {
                        let shifted = node::narrow(I::I32ShrS, vec![packed.clone(), Node::I32(shift)]);
                        node::narrow(I::I32And, vec![shifted, Node::I32(mask)])
                    };
                    let year = node::narrow(I::I32ShrS, vec![packed.clone(), Node::I32(9)]);
                    compiler.library("make.date", vec![year, part(5, 15), part(0, 31)])
                })
            }
            Val::Text { address, bytes, state } => {
                let (address, bytes) = (address.clone(), bytes.clone());
                let parts = Some(weight::TEXT_PARTS);
                self.boxed_with_state(state, |compiler| {
                    compiler.library_sized("make.text", vec![address, bytes], parts)
                })
            }
            Val::Record { fields, state } => {
                let (fields, ty) = (fields.clone(), ty.clone());
                self.boxed_with_state(state, |compiler| compiler.boxed_record(&fields, &ty))
            }
            Val::List(list) => {
                let list = list.clone();
                self.boxed_with_state(&list.state.clone(), |compiler| compiler.boxed_list(&list))
            }
        }
    }

    fn boxed_word(&mut self, index: &Node, words: &[String]) -> Compiling<Node> {
        let mut bytes = Vec::new();
        for word in words {
            bytes.extend(self.data.text(word).to_le_bytes());
            bytes.extend(u32::try_from(word.len()).unwrap_or_default().to_le_bytes());
        }
        let table = self.data.add(&bytes, 4);
        let at = node::narrow(I::I32Shl, vec![index.clone(), Node::I32(3)]);
        let at = self.share(&at);
        let load = |offset| node::narrow(I::I32Load(node::memory(table + offset)), vec![at.clone()]);
        self.library("make.text", vec![load(0), load(4)])
    }

    fn boxed_record(&mut self, fields: &[Val], ty: &Type) -> Compiling<Node> {
        let TypeKind::Context(types) = &ty.kind else { return self.inconsistent("a context has another type") };
        let mut parts = Vec::new();
        for (field, (name, ty)) in fields.iter().zip(types.iter()) {
            parts.push((name.clone(), self.boxed(field, ty)?));
        }
        self.boxed_context(&parts)
    }

    /// A context of values of the library.
    fn boxed_context(&mut self, parts: &[(String, Node)]) -> Compiling<Node> {
        let capacity = Node::I32(i32::try_from(parts.len()).unwrap_or_default());
        let context = self.library("context.new", vec![capacity])?;
        for (name, value) in parts {
            let address = Node::I32(self.data.text(name).cast_signed());
            let bytes = Node::I32(i32::try_from(name.len()).unwrap_or_default());
            self.library_effect("context.push", &[context.clone(), address, bytes, value.clone()])?;
        }
        self.library("context.finish", vec![context])
    }

    /// A list of an argument as one of the library.
    fn boxed_list(&mut self, list: &ListVal) -> Compiling<Node> {
        let (address, count) = (self.share(&list.address), self.share(&list.count));
        let made = self.library("list.new", vec![count.clone()])?;
        let (at, left) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
        self.code.set(at, &address);
        self.code.set(left, &count);
        self.code.push(I::Block(BlockType::Empty));
        self.code.begin_loop(list.items_max.map(|most| most.saturating_add(1)));
        self.code.emit(&Node::Local(left));
        self.code.push(I::I32Eqz);
        self.code.push(I::BrIf(1));
        let item = self.load_item(list, &Node::Local(at))?;
        let item = self.boxed(&item, &list.item_type)?;
        self.library_effect("list.push", &[made.clone(), item])?;
        let bytes = Node::I32(Self::item_bytes(list).cast_signed());
        self.code.set(at, &node::add_narrow(Node::Local(at), bytes));
        self.code.set(left, &node::add_narrow(Node::Local(left), Node::I32(-1)));
        self.code.push(I::Br(0));
        self.code.end();
        self.code.end();
        self.library("list.finish", vec![made])
    }

    /// A constant as a value of the library.
    pub(super) fn boxed_constant(&mut self, value: &Value) -> Compiling<Val> {
        self.boxed_constant_node(value).map(Val::Boxed)
    }

    /// A constant of the library, made once at the start of the function.
    pub(super) fn boxed_constant_node(&mut self, value: &Value) -> Compiling<Node> {
        let key = format!("{value:?}");
        if let Some(known) = self.constants.get(&key) {
            return Ok(known.clone());
        }
        let before = self.code.hold();
        let made = self.make_constant(value);
        let steps = self.code.release(before);
        let made = made?;
        self.prologue.extend(steps);
        self.constants.insert(key, made.clone());
        Ok(made)
    }

    fn make_constant(&mut self, value: &Value) -> Compiling<Node> {
        let number = |number: i64| Node::I64(number);
        match value {
            Value::Failed(failure) => self.library("make.failed", vec![Node::I32(*failure as i32)]),
            Value::Unknown => self.library("make.unknown", Vec::new()),
            Value::Null => self.library("make.null", Vec::new()),
            Value::Boolean(yes) => self.library("make.boolean", vec![Node::I32((*yes).into())]),
            Value::Number(decimal) => self.make_decimal(decimal),
            Value::Between(low, high) => {
                let (low, high) = (self.make_decimal(low)?, self.make_decimal(high)?);
                self.library("make.between", vec![low, high])
            }
            Value::Text(text) => {
                let address = Node::I32(self.data.text(text).cast_signed());
                let bytes = Node::I32(i32::try_from(text.len()).unwrap_or_default());
                self.library("make.text", vec![address, bytes])
            }
            Value::Date(date) => {
                let parts = vec![Node::I32(date.year), Node::I32(date.month.into()), Node::I32(date.day.into())];
                self.library("make.date", parts)
            }
            Value::Time(time) => self.make_time(time),
            Value::DateTime(point) => {
                let date = self.make_constant(&Value::Date(point.date))?;
                let time = self.make_time(&point.time)?;
                self.library("make.date_time", vec![date, time])
            }
            Value::Days(days) => {
                let bytes = days.0.to_le_bytes();
                let half = |at: usize| {
                    let half = bytes.get(at..at + 8).and_then(|half| half.try_into().ok());
                    number(half.map_or(0, i64::from_le_bytes))
                };
                self.library("make.days", vec![half(8), half(0)])
            }
            Value::Months(months) => self.library("make.months", vec![number(months.0)]),
            Value::Perhaps(item) => {
                let item = self.make_constant(item)?;
                self.library("make.perhaps", vec![item])
            }
            Value::List(items) => {
                let items = items.iter().map(|item| self.make_constant(item)).collect::<Compiling<Vec<_>>>()?;
                self.list_of(&items)
            }
            Value::Context(context) => {
                let mut parts = Vec::new();
                for (name, value) in &context.0 {
                    parts.push((name.to_string(), self.make_constant(value)?));
                }
                self.boxed_context(&parts)
            }
            Value::Range(range) => {
                let mut end = |end: &Option<Value>| match end {
                    Some(end) => self.make_constant(end),
                    None => Ok(Node::I32(0)),
                };
                let (low, high) = (end(&range.low)?, end(&range.high)?);
                let included = |yes: bool| Node::I32(yes.into());
                self.library("make.range", vec![low, included(range.low_included), high, included(range.high_included)])
            }
        }
    }

    fn make_decimal(&mut self, decimal: &Decimal) -> Compiling<Node> {
        let bytes = decimal.coefficient.to_le_bytes();
        let half = |at: usize| {
            let half = bytes.get(at..at + 8).and_then(|half| half.try_into().ok());
            Node::I64(half.map_or(0, i64::from_le_bytes))
        };
        let sign = Node::I32(decimal.negative.into());
        self.library("make.decimal", vec![sign, half(8), half(0), Node::I32(decimal.exponent.into())])
    }

    fn make_time(&mut self, time: &ordinance_feel_runtime::Time) -> Compiling<Node> {
        use ordinance_feel_runtime::Offset;
        let nanoseconds = Node::I64(time.nanoseconds.cast_signed());
        match &time.offset {
            Offset::Local => self.library("make.time", vec![nanoseconds, Node::I32(i32::MIN)]),
            Offset::Seconds(seconds) => self.library("make.time", vec![nanoseconds, Node::I32(*seconds)]),
            Offset::Zone(zone) => {
                let address = Node::I32(self.data.text(zone).cast_signed());
                let bytes = Node::I32(i32::try_from(zone.len()).unwrap_or_default());
                self.library("make.zoned_time", vec![nanoseconds, address, bytes])
            }
        }
    }

    /// A list of values of the library.
    pub(super) fn list_of(&mut self, items: &[Node]) -> Compiling<Node> {
        let capacity = Node::I32(i32::try_from(items.len()).unwrap_or_default());
        let list = self.library("list.new", vec![capacity])?;
        for item in items {
            self.library_effect("list.push", &[list.clone(), item.clone()])?;
        }
        self.library("list.finish", vec![list])
    }

    /// A value of the library with what its type tells of a number that isn't known.
    pub(super) fn typed(&mut self, address: Node, ty: &Type) -> Compiling<Val> {
        let TypeKind::Number(bounds) = &ty.kind else { return Ok(Val::Boxed(address)) };
        if ty.nullable {
            return Ok(Val::Boxed(address));
        }
        let Some((min, max)) = bounds.range else { return Ok(Val::Boxed(address)) };
        let min = self.boxed_constant_node(&Value::Number(min))?;
        let max = self.boxed_constant_node(&Value::Number(max))?;
        self.library("operator.typed", vec![address, min, max]).map(Val::Boxed)
    }

    /// A condition of the library.
    pub(super) fn unboxed_condition(&mut self, address: &Node) -> Compiling<Condition> {
        let truth = self.library("get.truth", vec![address.clone()])?;
        let state = self.code.local(ValType::I32);
        let has_state = node::narrow(I::I32GtS, vec![truth.clone(), Node::I32(2)]);
        self.code.begin_if(&has_state, None);
        let own = self.library_call("state.of_condition", vec![address.clone()], false)?;
        self.code.set(state, &own);
        self.code.begin_else();
        self.code.set(state, &Node::I32(0));
        self.code.end();
        let low = self.share(&equal(truth.clone(), Node::I32(1)));
        let high = self.share(&not(not(truth)));
        Ok(Condition { low, high: Some(high), state: Some(Node::Local(state)) })
    }

    pub(super) fn boxed_compare(
        &mut self,
        operator: Comparison,
        (one, left): (&Val, &Expr),
        (other, right): (&Val, &Expr),
    ) -> Compiling<Val> {
        let (one, other) = (self.boxed(one, &left.ty)?, self.boxed(other, &right.ty)?);
        let name = match operator {
            Comparison::Equal => "operator.equal",
            Comparison::NotEqual => "operator.not_equal",
            Comparison::Less => "operator.less",
            Comparison::LessOrEqual => "operator.less_or_equal",
            Comparison::Greater => "operator.greater",
            Comparison::GreaterOrEqual => "operator.greater_or_equal",
        };
        let parts = weight::parts_of([&left.ty, &right.ty].into_iter());
        let compared = self.library_sized(name, vec![one, other], parts)?;
        self.note_place(&compared, left.place)?;
        self.unboxed_condition(&compared).map(Condition::val)
    }

    pub(super) fn boxed_arithmetic(
        &mut self,
        operator: Arithmetic,
        (one, left): (&Val, &Expr),
        (other, right): (&Val, &Expr),
        expr: &Expr,
    ) -> Compiling<Val> {
        let (one, other) = (self.boxed(one, &left.ty)?, self.boxed(other, &right.ty)?);
        let name = match operator {
            Arithmetic::Add => "operator.add",
            Arithmetic::Subtract => "operator.subtract",
            Arithmetic::Multiply => "operator.multiply",
            Arithmetic::Divide => "operator.divide",
            Arithmetic::Power => "operator.power",
        };
        let parts = weight::parts_of([&left.ty, &right.ty].into_iter());
        self.lengthens_texts |= matches!(expr.ty.kind, TypeKind::Text);
        let computed = self.library_sized(name, vec![one, other], parts)?;
        let is_bounded = matches!(operator, Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Multiply);
        // Bounds say that the number isn't too large.
        if !is_bounded || !has_range(&expr.ty) {
            self.note_place(&computed, expr.place)?;
        }
        self.typed(computed, &expr.ty)
    }

    /// The state of a value of the library.
    pub(super) fn boxed_state(&mut self, address: &Node) -> Compiling<Node> {
        self.library("state.of", vec![address.clone()])
    }

    /// A value of the library that is none, by its state.
    pub(super) fn boxed_of_state(&mut self, state: i32) -> Compiling<Val> {
        self.library("state.make", vec![Node::I32(state)]).map(Val::Boxed)
    }

    /// A call of a function of the library that may fail at a place.
    pub(super) fn library_at(&mut self, name: &'static str, operands: Vec<Node>, place: Place) -> Compiling<Node> {
        let value = self.library(name, operands)?;
        self.note_place(&value, place)?;
        Ok(value)
    }

    /// Says where a value was computed, in case that it has failed.
    pub(super) fn note_place(&mut self, value: &Node, place: Place) -> Compiling<()> {
        let place = self.failure_place(place);
        self.library_effect("state.place", &[value.clone(), Node::I32(place)])
    }

    /// Calls a built-in function with values of the library.
    pub(super) fn call_builtin(&mut self, function: Builtin, arguments: &[(Val, Type)], expr: &Expr) -> Compiling<Val> {
        let boxed = arguments.iter().map(|(found, ty)| self.boxed(found, ty)).collect::<Compiling<Vec<_>>>()?;
        let Some((name, kind)) = super::builtins::export(function) else {
            return self.unsupported(&format!("the function `{}`", function.name()), expr.place);
        };
        if self.library.export(name).is_none() {
            return self.unsupported(&format!("the function `{}`", function.name()), expr.place);
        }
        let given = self.given(kind, boxed)?;
        let parts = weight::parts_of(arguments.iter().map(|(_, ty)| ty));
        self.lengthens_texts |= weight::lengthens(function);
        let parts = parts.map(|parts| weight::of_function(function, parts));
        let computed = self.library_sized(name, given, parts)?;
        let is_bounded = matches!(
            function,
            Builtin::Count | Builtin::Sum | Builtin::Min | Builtin::Max | Builtin::Abs | Builtin::Less
        );
        if !is_bounded || !has_range(&expr.ty) {
            self.note_place(&computed, expr.place)?;
        }
        self.typed(computed, &expr.ty)
    }

    /// The arguments as the library's function takes them.
    fn given(&mut self, kind: super::builtins::Parameters, boxed: Vec<Node>) -> Compiling<Vec<Node>> {
        use super::builtins::Parameters;
        Ok(match kind {
            Parameters::Fixed(count) => {
                let missing = count.saturating_sub(boxed.len());
                boxed.into_iter().chain(std::iter::repeat_n(Node::I32(0), missing)).collect()
            }
            // One argument stands for a list of its own.
            Parameters::Many => match boxed.as_slice() {
                [one] => vec![one.clone()],
                _ => vec![self.list_of(&boxed)?],
            },
            Parameters::Lists => vec![self.list_of(&boxed)?],
            Parameters::FirstAndMany => {
                let (first, rest) =
                    boxed.split_first().map(|(first, rest)| (first.clone(), rest)).unwrap_or((Node::I32(0), &[]));
                vec![first, self.list_of(rest)?]
            }
        })
    }
}

/// Whether the type says between which numbers its values are.
fn has_range(ty: &Type) -> bool {
    matches!(&ty.kind, TypeKind::Number(bounds) if bounds.range.is_some())
}
