//! The names of types.

use super::cursor::{Parsed, Parser};
use crate::source_text::Span;
use crate::syntax::ast::{Name, TypeName, TypeNameKind};
use crate::syntax::error::SyntaxError;
use crate::syntax::keywords::is_keyword;
use crate::syntax::names::TYPES;
use crate::syntax::token::Symbol;

impl Parser<'_> {
    pub(super) fn whole_type_name(&mut self) -> Parsed<TypeName> {
        let of = self.type_name()?;
        if self.at_end() {
            self.advance()?;
            return Ok(of);
        }
        self.unexpected("the end of the type")
    }

    /// A type after `of`, after `:` or within another type.
    pub(super) fn type_name(&mut self) -> Parsed<TypeName> {
        self.nested(|parser| {
            let start = parser.start();
            let kind = parser.type_kind()?;
            Ok(TypeName { kind, span: parser.span_from(start) })
        })
    }

    fn type_kind(&mut self) -> Parsed<TypeNameKind> {
        let known = self.known_type();
        let word = self.word().unwrap_or_default().to_owned();
        if known.as_ref().is_none_or(|(count, _)| *count == 1) {
            let empty = self.sources().nth(1) == Some("<>") && word == "function";
            let generic = self.is_ahead(1, Symbol::Less) || empty;
            match word.as_str() {
                "list" if generic => return Ok(TypeNameKind::List(Box::new(self.type_argument()?))),
                "range" if generic => return Ok(TypeNameKind::Range(Box::new(self.type_argument()?))),
                "context" if generic => return self.context_type(),
                "function" if generic => return self.function_type(),
                _ => {}
            }
        }
        match known {
            Some(known) => Ok(TypeNameKind::Named(self.take_name(known).text)),
            None if self.at_end() => self.unexpected("the name of a type"),
            None if word.is_empty() || (is_keyword(&word) && word != "function") => {
                let help = "type the name of a type, such as `number` or `list<string>`";
                self.fail(SyntaxError::new(self.here(), "the name of a type is missing", help))
            }
            None => self.qualified_type(),
        }
    }

    fn known_type(&self) -> Option<(usize, String)> {
        let model = self.scope.types().longest(self.sources());
        let feel = TYPES.longest(self.sources());
        let longest = match (model, feel) {
            (Some(model), Some(feel)) if feel.0 > model.0 => Some(feel),
            (model, feel) => model.or(feel),
        };
        longest.map(|(count, name)| (count, name.to_owned()))
    }

    /// `model.type`
    fn qualified_type(&mut self) -> Parsed<TypeNameKind> {
        let mut name = self.one_word("the name of a type is missing")?.text;
        while self.eat(Symbol::Point)? {
            let part = match self.known_type() {
                Some(known) => self.take_name(known),
                None => self.one_word("the name of a type is missing after `.`")?,
            };
            name = format!("{name}.{}", part.text);
        }
        Ok(TypeNameKind::Named(name))
    }

    /// `list<type>`
    fn type_argument(&mut self) -> Parsed<TypeName> {
        let opening = self.angle()?;
        let of = self.type_name()?;
        self.close_angle(opening)?;
        Ok(of)
    }

    /// Goes past a word and `<`, and gives the range of the latter.
    fn angle(&mut self) -> Parsed<Span> {
        self.advance()?;
        let opening = self.here();
        self.advance()?;
        Ok(opening)
    }

    fn close_angle(&mut self, opening: Span) -> Parsed<()> {
        if self.eat(Symbol::Greater)? {
            return Ok(());
        }
        let help = "type `>` after the type within it";
        self.fail(SyntaxError::new(opening, "this `<` isn't closed", help))
    }

    /// `context<a: number, b: string>`
    fn context_type(&mut self) -> Parsed<TypeNameKind> {
        let opening = self.angle()?;
        let mut fields: Vec<(Name, TypeName)> = Vec::new();
        loop {
            let name = self.bound_name(":")?;
            if fields.iter().any(|(other, _)| other.text == name.text) {
                self.report_twice(&name);
            }
            if !self.eat(Symbol::Colon)? {
                return self.unexpected(&format!("`:` after the name `{}`", name.text));
            }
            fields.push((name, self.type_name()?));
            if !self.eat(Symbol::Comma)? {
                break;
            }
        }
        self.close_angle(opening)?;
        Ok(TypeNameKind::Context(fields))
    }

    /// `function<number, string> -> boolean`
    fn function_type(&mut self) -> Parsed<TypeNameKind> {
        let mut parameters = Vec::new();
        if self.is_ahead(1, Symbol::NotEqual) {
            self.advance()?;
            self.skip(1);
        } else {
            let opening = self.angle()?;
            while !self.at(Symbol::Greater) || !parameters.is_empty() {
                parameters.push(self.type_name()?);
                if !self.eat(Symbol::Comma)? {
                    break;
                }
            }
            self.close_angle(opening)?;
        }
        if !self.eat(Symbol::Arrow)? {
            let help = "type `->` and the type of what the function gives";
            return self.fail(SyntaxError::new(self.here(), "the type of the function's result is missing", help));
        }
        Ok(TypeNameKind::Function(parameters, Box::new(self.type_name()?)))
    }
}
