//! Operators, by how closely they bind.

use super::cursor::{Parsed, Parser};
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind};
use crate::syntax::error::SyntaxError;
use crate::syntax::keywords::meant;
use crate::syntax::token::{Symbol, TokenKind};

/// What a misspelt word after a value may have been meant to be.
const OPERATORS: &[&str] =
    &["and", "or", "between", "in", "instance", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/"];

/// How closely an operator binds; a greater one binds closer. Operators of the same level group from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Power,
    Sign,
    InstanceOf,
    Part,
}

impl Level {
    /// The next closer one.
    fn closer(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Comparison,
            Self::Comparison => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Power,
            Self::Power => Self::Sign,
            Self::Sign => Self::InstanceOf,
            Self::InstanceOf | Self::Part => Self::Part,
        }
    }
}

/// What may follow a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Infix {
    Binary(BinaryOperator),
    Between,
    In,
    InstanceOf,
    Member,
    Filter,
    Call,
}

impl Infix {
    fn level(self) -> Level {
        match self {
            Self::Binary(operator) => level_of(operator),
            Self::Between | Self::In => Level::Comparison,
            Self::InstanceOf => Level::InstanceOf,
            Self::Member | Self::Filter | Self::Call => Level::Part,
        }
    }
}

fn level_of(operator: BinaryOperator) -> Level {
    match operator {
        BinaryOperator::Or => Level::Or,
        BinaryOperator::And => Level::And,
        BinaryOperator::Add | BinaryOperator::Subtract => Level::Sum,
        BinaryOperator::Multiply | BinaryOperator::Divide => Level::Product,
        BinaryOperator::Power => Level::Power,
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => Level::Comparison,
    }
}

/// The comparison that a symbol is.
pub(super) fn comparison(symbol: Symbol) -> Option<BinaryOperator> {
    match symbol {
        Symbol::Equal => Some(BinaryOperator::Equal),
        Symbol::NotEqual => Some(BinaryOperator::NotEqual),
        Symbol::Less => Some(BinaryOperator::Less),
        Symbol::LessOrEqual => Some(BinaryOperator::LessOrEqual),
        Symbol::Greater => Some(BinaryOperator::Greater),
        Symbol::GreaterOrEqual => Some(BinaryOperator::GreaterOrEqual),
        Symbol::OpenParen
        | Symbol::CloseParen
        | Symbol::OpenBracket
        | Symbol::CloseBracket
        | Symbol::OpenBrace
        | Symbol::CloseBrace
        | Symbol::Comma
        | Symbol::Colon
        | Symbol::Point
        | Symbol::TwoPoints
        | Symbol::Plus
        | Symbol::Minus
        | Symbol::Star
        | Symbol::Slash
        | Symbol::Power
        | Symbol::Arrow
        | Symbol::Bang => None,
    }
}

fn infix_of(symbol: Symbol) -> Option<Infix> {
    let operator = match symbol {
        Symbol::Plus => BinaryOperator::Add,
        Symbol::Minus => BinaryOperator::Subtract,
        Symbol::Star => BinaryOperator::Multiply,
        Symbol::Slash => BinaryOperator::Divide,
        Symbol::Power => BinaryOperator::Power,
        Symbol::Point => return Some(Infix::Member),
        Symbol::OpenBracket => return Some(Infix::Filter),
        Symbol::OpenParen => return Some(Infix::Call),
        other => comparison(other)?,
    };
    Some(Infix::Binary(operator))
}

fn is_order(operator: BinaryOperator) -> bool {
    level_of(operator) == Level::Comparison && !matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual)
}

impl Parser<'_> {
    pub(super) fn whole_expression(&mut self) -> Parsed<Expr> {
        let expression = self.expression()?;
        if self.at_end() {
            self.advance()?;
            return Ok(expression);
        }
        self.unexpected("the end of the expression")
    }

    /// An expression as far as it goes.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.operators(Level::Or)
    }

    /// An operand with the operators after it that bind at least so closely.
    pub(super) fn operators(&mut self, level: Level) -> Parsed<Expr> {
        self.nested(|parser| {
            let start = parser.start();
            let operand = parser.operand()?;
            parser.grow()?;
            parser.operators_after(operand, start, level)
        })
    }

    /// The operators after an operand that was read, which began at an offset.
    pub(super) fn operators_after(&mut self, mut left: Expr, start: usize, level: Level) -> Parsed<Expr> {
        let mut ordered = false;
        while let Some(infix) = self.infix(&left).filter(|infix| infix.level() >= level) {
            if let Infix::Binary(operator) = infix {
                if ordered && is_order(operator) {
                    self.report_chain();
                }
                ordered = is_order(operator);
            }
            left = self.apply(infix, left, start)?;
            self.grow()?;
        }
        Ok(left)
    }

    fn report_chain(&mut self) {
        let help = "join two comparisons with `and`, as in `1 <= x and x <= 5`, or type `x in [1..5]`";
        self.report(SyntaxError::new(self.here(), "a comparison cannot be compared again", help));
    }

    /// What follows a value that was read.
    fn infix(&mut self, left: &Expr) -> Option<Infix> {
        match self.written_infix() {
            Some(Infix::Call) => Some(Infix::Call).filter(|_| may_be_called(left)),
            Some(infix) => Some(infix),
            None => self.misspelt_infix(),
        }
    }

    /// What stands next, if it may follow a value. A `[` after the upper end of a range closes it, unless a value
    /// follows.
    fn written_infix(&self) -> Option<Infix> {
        let infix = match self.kind() {
            TokenKind::Symbol(Symbol::Point) if self.is_after_number() => None,
            TokenKind::Symbol(symbol) => infix_of(*symbol),
            TokenKind::Word(word) => infix_word(word),
            TokenKind::Number(_)
            | TokenKind::Text(_)
            | TokenKind::Temporal(_)
            | TokenKind::Quote
            | TokenKind::Stray(_)
            | TokenKind::End => None,
        };
        infix.filter(|infix| *infix != Infix::Filter || !self.in_range_end || self.begins_value(1))
    }

    fn is_after_number(&self) -> bool {
        self.previous().is_some_and(|token| matches!(token.kind, TokenKind::Number(_)))
    }

    /// Whether an operator follows that binds at least so closely.
    pub(super) fn operator_follows(&self, level: Level) -> bool {
        self.written_infix().is_some_and(|infix| infix != Infix::Call && infix.level() >= level)
    }

    /// The operator that an unknown word after a value was meant to be.
    fn misspelt_infix(&mut self) -> Option<Infix> {
        let word = self.word()?.to_owned();
        if crate::syntax::keywords::is_keyword(&word) || !self.begins_value(1) {
            return None;
        }
        let meant_word = meant(&word, OPERATORS)?;
        if meant(&word, &["then", "else", "return", "satisfies"]).is_some() {
            return None;
        }
        let error = SyntaxError::new(
            self.here(),
            format!("FEEL doesn't have the word `{word}`"),
            format!("type `{meant_word}`"),
        );
        self.report(error);
        infix_word(meant_word).or_else(|| infix_sign(meant_word))
    }

    fn apply(&mut self, infix: Infix, left: Expr, start: usize) -> Parsed<Expr> {
        match infix {
            Infix::Member => self.member(left, start),
            Infix::Filter => self.filter(left, start),
            Infix::Call => self.call(left, start),
            Infix::InstanceOf => self.instance_of(left, start),
            Infix::Between => self.between(left, start),
            Infix::In => self.in_tests(left, start),
            Infix::Binary(operator) => {
                self.advance()?;
                let right = Box::new(self.operators(level_of(operator).closer())?);
                Ok(self.node(start, ExprKind::Binary { operator, left: Box::new(left), right }))
            }
        }
    }

    fn between(&mut self, value: Expr, start: usize) -> Parsed<Expr> {
        let opening = self.here();
        self.advance()?;
        let low = Box::new(self.operators(Level::Sum)?);
        self.keyword("and", opening, "`between` needs `and` before the upper end")?;
        let high = Box::new(self.operators(Level::Sum)?);
        Ok(self.node(start, ExprKind::Between { value: Box::new(value), low, high }))
    }

    fn instance_of(&mut self, value: Expr, start: usize) -> Parsed<Expr> {
        let opening = self.here();
        self.advance()?;
        self.keyword("of", opening, "`instance` needs `of` before the type")?;
        let of = self.type_name()?;
        Ok(self.node(start, ExprKind::InstanceOf { value: Box::new(value), of }))
    }

    fn member(&mut self, context: Expr, start: usize) -> Parsed<Expr> {
        self.advance()?;
        let name = match self.known_member() {
            Some(known) => self.take_name(known),
            None => self.one_word("the name of a part is missing after `.`")?,
        };
        Ok(self.node(start, ExprKind::Member { context: Box::new(context), name }))
    }
}

fn infix_word(word: &str) -> Option<Infix> {
    match word {
        "and" => Some(Infix::Binary(BinaryOperator::And)),
        "or" => Some(Infix::Binary(BinaryOperator::Or)),
        "between" => Some(Infix::Between),
        "in" => Some(Infix::In),
        "instance" => Some(Infix::InstanceOf),
        _ => None,
    }
}

fn infix_sign(sign: &str) -> Option<Infix> {
    [
        Symbol::Equal,
        Symbol::NotEqual,
        Symbol::Less,
        Symbol::LessOrEqual,
        Symbol::Greater,
        Symbol::GreaterOrEqual,
        Symbol::Plus,
        Symbol::Minus,
        Symbol::Star,
        Symbol::Slash,
    ]
    .into_iter()
    .find(|symbol| symbol.text() == sign)
    .and_then(infix_of)
}

/// Whether arguments may follow a value. After a literal, `(` is a mistake of its own.
fn may_be_called(function: &Expr) -> bool {
    match function.kind {
        ExprKind::Name(_)
        | ExprKind::Member { .. }
        | ExprKind::Function { .. }
        | ExprKind::Call { .. }
        | ExprKind::CallByName { .. }
        | ExprKind::Filter { .. }
        | ExprKind::If { .. } => true,
        ExprKind::Null
        | ExprKind::Boolean(_)
        | ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Temporal(_)
        | ExprKind::Negate(_)
        | ExprKind::Binary { .. }
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::InstanceOf { .. }
        | ExprKind::For { .. }
        | ExprKind::Quantified { .. }
        | ExprKind::List(_)
        | ExprKind::Context(_)
        | ExprKind::Range(_)
        | ExprKind::UnaryRange { .. }
        | ExprKind::Within { .. }
        | ExprKind::Table(_)
        | ExprKind::OfType { .. }
        | ExprKind::Let { .. }
        | ExprKind::Seeing { .. } => false,
    }
}
