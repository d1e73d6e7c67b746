//! Values in words: amounts, texts, lists, and what functions give.

use ordinance_feel_runtime::{Builtin, Decimal};

use super::catalogue::fill;
use super::names::Writer;
use super::phrase::Phrase;
use super::temporal::temporal;
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, Name, Range};

impl Writer<'_> {
    /// A value in words that may stand in a sentence.
    pub(super) fn value(&mut self, expression: &Expr) -> String {
        match &expression.kind {
            ExprKind::Null => self.say(Phrase::Nothing, &[]),
            ExprKind::Boolean(value) => self.say(if *value { Phrase::Yes } else { Phrase::No }, &[]),
            ExprKind::Number(number) => number_text(*number),
            ExprKind::Text(text) => self.say(Phrase::Quoted, &[text]),
            ExprKind::Temporal(text) => temporal(text, self.language),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Member { context, name } => self.member(context, &name.text),
            ExprKind::Negate(value) => format!("−{}", self.operand(value, 4)),
            ExprKind::Binary { operator, left, right } => match sign(*operator) {
                Some((sign, level)) => {
                    // Powers of powers, and of negative numbers, have brackets: readers differ on what comes first.
                    let left_level = if *operator == BinaryOperator::Power { level + 1 } else { level };
                    let (left, right) = (self.operand(left, left_level), self.operand(right, level + 1));
                    format!("{left} {sign} {right}")
                }
                None => self.condition(expression),
            },
            ExprKind::Between { .. }
            | ExprKind::In { .. }
            | ExprKind::InstanceOf { .. }
            | ExprKind::Quantified { .. } => self.condition(expression),
            ExprKind::If { condition, then, otherwise } => {
                let (condition, then) = (self.closed_condition(condition), self.part(then));
                let otherwise = self.last_way(otherwise, |writer, way| writer.part(way));
                self.say(Phrase::IfInline, &[&condition, &then, &otherwise])
            }
            ExprKind::For { iterations, result } => self.over(iterations, |writer, every| {
                let result = writer.part(result);
                writer.say(Phrase::ListOf, &[every, &result])
            }),
            ExprKind::Function { parameters, body } => {
                let names: Vec<String> = parameters.iter().map(|(name, _)| name.text.clone()).collect();
                let (names, body) = (self.joined(&names, Phrase::LastAnd), self.part(body));
                self.say(Phrase::FunctionOf, &[&names, &body])
            }
            ExprKind::Call { function, arguments } => self.call(function, arguments),
            ExprKind::CallByName { function, arguments } => self.call_by_name(function, arguments),
            ExprKind::List(items) => self.list(items, Phrase::LastAnd),
            ExprKind::Context(entries) => self.entries(entries),
            ExprKind::Range(range) => self.range(range),
            ExprKind::Filter { list, condition } => self.filter(list, condition),
            ExprKind::UnaryRange { operator, end } => self.open_range(*operator, end),
            ExprKind::Within { text: _, expr } | ExprKind::Seeing { names: _, expr } => self.value(expr),
            ExprKind::OfType { value, of: _, allowed: _ } | ExprKind::Let { name: _, value: _, body: value } => {
                self.value(value)
            }
            // A rule of law has tables apart from its expressions; only models of DMN have them within.
            ExprKind::Table(table) => table.name.clone(),
        }
    }

    /// A part of a formula, in brackets if it doesn't bind so closely.
    fn operand(&mut self, expression: &Expr, level: u8) -> String {
        let words = self.value(expression);
        let own = match &expression.kind {
            ExprKind::Binary { operator, .. } => sign(*operator).map_or(0, |(_, level)| level),
            ExprKind::Negate(_) => 3,
            // What follows would be taken for a part of the words on the item.
            ExprKind::Member { context, .. } if matches!(context.kind, ExprKind::Filter { .. }) => 0,
            ExprKind::Number(number) if number_text(*number).starts_with('-') => 3,
            ExprKind::Number(_)
            | ExprKind::Name(_)
            | ExprKind::Member { .. }
            | ExprKind::Null
            | ExprKind::Boolean(_)
            | ExprKind::Text(_)
            | ExprKind::Temporal(_)
            | ExprKind::Context(_) => 5,
            ExprKind::Between { .. }
            | ExprKind::In { .. }
            | ExprKind::InstanceOf { .. }
            | ExprKind::If { .. }
            | ExprKind::For { .. }
            | ExprKind::Quantified { .. }
            | ExprKind::Function { .. }
            | ExprKind::Call { .. }
            | ExprKind::CallByName { .. }
            | ExprKind::List(_)
            | ExprKind::Range(_)
            | ExprKind::Filter { .. }
            | ExprKind::UnaryRange { .. }
            | ExprKind::Within { .. }
            | ExprKind::Table(_)
            | ExprKind::OfType { .. }
            | ExprKind::Let { .. }
            | ExprKind::Seeing { .. } => 0,
        };
        if own >= level { words } else { self.say(Phrase::Group, &[&words]) }
    }

    /// A value of a fact in words; a word of a choice has its title.
    pub(super) fn value_of(&mut self, expression: &Expr, path: Option<&str>) -> String {
        if let (ExprKind::Text(text), Some(path)) = (&expression.kind, path)
            && let Some(title) = self.titles.word(path, text, self.language)
        {
            return title;
        }
        self.part(expression)
    }

    /// The way after `otherwise`: with ways of its own it goes on without brackets.
    pub(super) fn last_way(&mut self, way: &Expr, say: impl FnOnce(&mut Self, &Expr) -> String) -> String {
        if matches!(way.kind, ExprKind::If { .. }) { self.value(way) } else { say(self, way) }
    }

    fn list(&mut self, items: &[Expr], last: Phrase) -> String {
        if items.is_empty() {
            return "[]".to_owned();
        }
        let words: Vec<String> = items.iter().map(|item| self.item(item)).collect();
        self.joined(&words, last)
    }

    /// Words as a list with `and` or `or` before the last.
    pub(super) fn joined(&self, words: &[String], last: Phrase) -> String {
        let Some((end, before)) = words.split_last() else { return String::new() };
        let before = before.iter().cloned().reduce(|all, word| self.say(Phrase::Comma, &[&all, &word]));
        before.map_or_else(|| end.clone(), |before| self.say(last, &[&before, end]))
    }

    fn entries(&mut self, entries: &[(Name, Expr)]) -> String {
        let words: Vec<String> = entries
            .iter()
            .map(|(key, value)| format!("{}: {}", key.text.replace('_', " "), self.value(value)))
            .collect();
        format!("{{{}}}", words.join("; "))
    }

    pub(super) fn range(&mut self, range: &Range) -> String {
        let (low, high) = (self.part(&range.low), self.part(&range.high));
        let days = self.is_day(&range.low) || self.is_day(&range.high);
        let phrase = match (range.low_included, range.high_included, days) {
            (true, true, false) => Phrase::RangeClosed,
            (false, true, false) => Phrase::RangeOpenLow,
            (true, false, false) => Phrase::RangeOpenHigh,
            (false, false, false) => Phrase::RangeOpen,
            (true, true, true) => Phrase::DayClosed,
            (false, true, true) => Phrase::DayOpenLow,
            (true, false, true) => Phrase::DayOpenHigh,
            (false, false, true) => Phrase::DayOpen,
        };
        self.say(phrase, &[&low, &high])
    }

    fn filter(&mut self, list: &Expr, condition: &Expr) -> String {
        let items = self.whole(list);
        match &condition.kind {
            ExprKind::Number(number) if number_text(*number) == "1" => self.say(Phrase::FirstItem, &[&items]),
            ExprKind::Number(number) => self.say(Phrase::ItemNumber, &[&items, &number_text(*number)]),
            ExprKind::Negate(number) if matches!(&number.kind, ExprKind::Number(one) if number_text(*one) == "1") => {
                self.say(Phrase::LastItem, &[&items])
            }
            ExprKind::Name(_) | ExprKind::Negate(_) => {
                let number = self.value(condition);
                self.say(Phrase::ItemNumber, &[&items, &number])
            }
            _ if is_number(condition) => {
                let number = self.operand(condition, 5);
                self.say(Phrase::ItemNumber, &[&items, &number])
            }
            ExprKind::Null
            | ExprKind::Boolean(_)
            | ExprKind::Text(_)
            | ExprKind::Temporal(_)
            | ExprKind::Member { .. }
            | ExprKind::Binary { .. }
            | ExprKind::Between { .. }
            | ExprKind::In { .. }
            | ExprKind::InstanceOf { .. }
            | ExprKind::If { .. }
            | ExprKind::For { .. }
            | ExprKind::Quantified { .. }
            | ExprKind::Function { .. }
            | ExprKind::Call { .. }
            | ExprKind::CallByName { .. }
            | ExprKind::List(_)
            | ExprKind::Context(_)
            | ExprKind::Range(_)
            | ExprKind::Filter { .. }
            | ExprKind::UnaryRange { .. }
            | ExprKind::Within { .. }
            | ExprKind::Table(_)
            | ExprKind::OfType { .. }
            | ExprKind::Let { .. }
            | ExprKind::Seeing { .. } => {
                let condition = self.within_filter(list, |writer| writer.closed_condition(condition));
                self.say(Phrase::Where, &[&items, &condition])
            }
        }
    }

    pub(super) fn call(&mut self, function: &Expr, arguments: &[Expr]) -> String {
        let builtin = builtin_of(function);
        match (builtin, arguments) {
            (Some(Builtin::Not), [condition]) => self.negation(condition),
            (Some(Builtin::Date | Builtin::DateAndTime | Builtin::Time | Builtin::Duration), [literal])
                if matches!(literal.kind, ExprKind::Text(_)) =>
            {
                let ExprKind::Text(text) = &literal.kind else { return String::new() };
                temporal(text, self.language)
            }
            (Some(builtin), [list]) => self.aggregate(builtin, list),
            (Some(builtin), _) => self.built_in(builtin, arguments),
            (None, _) => {
                let (name, arguments) = (self.value(function), self.list(arguments, Phrase::Comma));
                format!("{name}({arguments})")
            }
        }
    }

    /// A function of one argument; of a list that is computed, what is said names the items.
    fn aggregate(&mut self, function: Builtin, list: &Expr) -> String {
        let over = [
            (Builtin::Sum, Phrase::TotalOver),
            (Builtin::Min, Phrase::LeastOver),
            (Builtin::Max, Phrase::GreatestOver),
        ];
        let over = over.iter().find(|(other, _)| *other == function);
        if let (Some((_, phrase)), ExprKind::For { iterations, result }) = (over, &list.kind) {
            return self.over(iterations, |writer, every| {
                let result = writer.part(result);
                writer.say(*phrase, &[every, &result])
            });
        }
        if function == Builtin::Count {
            return self.count(list);
        }
        self.built_in(function, std::slice::from_ref(list))
    }

    fn count(&mut self, list: &Expr) -> String {
        if let ExprKind::Filter { list, condition } = &list.kind
            && !matches!(condition.kind, ExprKind::Number(_))
        {
            let items = self.whole(list);
            let condition = self.within_filter(list, |writer| writer.closed_condition(condition));
            return self.say(Phrase::CountWhere, &[&items, &condition]);
        }
        let items = self.whole(list);
        self.say(Phrase::CountAll, &[&items])
    }

    fn built_in(&mut self, function: Builtin, arguments: &[Expr]) -> String {
        let rounds = matches!(
            function,
            Builtin::Decimal
                | Builtin::Floor
                | Builtin::Ceiling
                | Builtin::RoundUp
                | Builtin::RoundDown
                | Builtin::RoundHalfUp
                | Builtin::RoundHalfDown
        );
        let mut words: Vec<String> = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            let words_of_argument = if rounds && index == 1 {
                self.places(argument)
            } else if let ExprKind::Function { body, .. } = &argument.kind
                && function == Builtin::Sort
            {
                self.condition(body)
            } else {
                self.argument(function, index, arguments.len(), argument)
            };
            words.push(words_of_argument);
        }
        let form = function.parameters().first().copied().unwrap_or_default();
        if form.last().is_some_and(|last| last.ends_with("...")) && words.len() > form.len() {
            let several = words.split_off(form.len() - 1);
            words.push(self.joined(&several, Phrase::LastAnd));
        }
        let parts: Vec<&str> = words.iter().map(String::as_str).collect();
        match self.language.function(function, parts.len()) {
            Some(template) => fill(template, &parts),
            None => format!("{}({})", function.name(), parts.join(", ")),
        }
    }

    fn argument(&mut self, function: Builtin, index: usize, count: usize, argument: &Expr) -> String {
        match function {
            Builtin::Less => self.operand_or_whole(argument, if index == 0 { 1 } else { 2 }),
            Builtin::Modulo => self.operand_or_whole(argument, 2),
            Builtin::Sqrt | Builtin::Log | Builtin::Exp => self.operand_or_whole(argument, 4),
            _ if count == 1 || function.rounding().is_some() => self.whole(argument),
            _ => self.item(argument),
        }
    }

    /// A part of a formula that is told in words.
    fn operand_or_whole(&mut self, expression: &Expr, level: u8) -> String {
        let is_formula = matches!(&expression.kind, ExprKind::Binary { operator, .. } if sign(*operator).is_some());
        if is_formula { self.operand(expression, level) } else { self.whole(expression) }
    }

    /// To how many decimals a number is rounded.
    fn places(&mut self, scale: &Expr) -> String {
        let (size, negative) =
            if let ExprKind::Negate(inner) = &scale.kind { (inner.as_ref(), true) } else { (scale, false) };
        let number = if let ExprKind::Number(number) = &size.kind { number.to_integer() } else { None };
        match number.and_then(|number| usize::try_from(number).ok()) {
            Some(0) => self.say(Phrase::ToWhole, &[]),
            Some(digits @ 1..=34) if negative => self.say(Phrase::ToMultiple, &[&format!("1{}", "0".repeat(digits))]),
            Some(digits) if !negative => self.say(Phrase::ToPlaces, &[&digits.to_string()]),
            _ => {
                let scale = self.value(scale);
                self.say(Phrase::ToScale, &[&scale])
            }
        }
    }

    /// A call by name is said as the call with its arguments in their order, if the function has such a form.
    fn call_by_name(&mut self, function: &Expr, arguments: &[(Name, Expr)]) -> String {
        let builtin = builtin_of(function);
        let forms = builtin.map(Builtin::parameters).unwrap_or_default();
        for form in forms.iter().filter(|form| form.len() >= arguments.len()) {
            let value = |parameter: &&str| {
                let plain = parameter.trim_end_matches(['?', '.']);
                arguments.iter().find(|(name, _)| name.text == plain).map(|(_, value)| value.clone())
            };
            let ordered: Vec<Expr> = form.iter().map_while(value).collect();
            if ordered.len() == arguments.len() {
                return self.call(function, &ordered);
            }
        }
        let name = self.value(function);
        let words: Vec<String> =
            arguments.iter().map(|(name, value)| format!("{}: {}", name.text, self.item(value))).collect();
        format!("{name}({})", words.join(", "))
    }
}

fn builtin_of(function: &Expr) -> Option<Builtin> {
    if let ExprKind::Name(name) = &function.kind { Builtin::named(name) } else { None }
}

/// Whether an expression is certainly a number, which names an item of a list by its place.
fn is_number(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Binary { operator, .. } => sign(*operator).is_some(),
        ExprKind::Call { function, .. } | ExprKind::CallByName { function, .. } => matches!(
            builtin_of(function),
            Some(
                Builtin::Min
                    | Builtin::Max
                    | Builtin::Count
                    | Builtin::Sum
                    | Builtin::Less
                    | Builtin::Floor
                    | Builtin::Ceiling
                    | Builtin::Modulo
                    | Builtin::Abs
            )
        ),
        _ => false,
    }
}

/// The sign of an operator of arithmetic, and how closely it binds.
fn sign(operator: BinaryOperator) -> Option<(&'static str, u8)> {
    match operator {
        BinaryOperator::Add => Some(("+", 1)),
        BinaryOperator::Subtract => Some(("−", 1)),
        BinaryOperator::Multiply => Some(("×", 2)),
        BinaryOperator::Divide => Some(("÷", 2)),
        BinaryOperator::Power => Some(("^", 3)),
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::And
        | BinaryOperator::Or => None,
    }
}

fn number_text(number: Decimal) -> String {
    let mut text = String::new();
    number.write(&mut text);
    text
}
