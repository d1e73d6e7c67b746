//! Makes the names in the trees of one model those of all: types are named `MODEL#NAME`, and what another model
//! declares is one name instead of a part of the import's. Types with constraints get these as tests.

use std::cell::RefCell;

use super::expression::{name, tree};
use super::model::ElementPlace;
use super::parse::TextParser;
use super::refusal::RefusalError;
use super::types::{Constraint, NamedTypeError, Types, TypesByName, built_in};
use crate::source_text::Span;
use crate::syntax::ast::{
    BinaryOperator, Expr, ExprKind, Iteration, IterationDomain, Test, TestKind, TypeName, TypeNameKind,
};
use crate::syntax::walk::{each_child, each_type_name};

/// What resolves the names in the trees of one element.
pub(super) struct Resolver<'a> {
    pub(super) types: &'a Types<'a>,
    pub(super) parser: &'a TextParser<'a>,
    /// The types that trees name so far.
    pub(super) named: &'a RefCell<TypesByName>,
    /// The model of the element.
    pub(super) model: usize,
    /// The names that the element sees.
    pub(super) visible: &'a [(String, String)],
    pub(super) place: &'a ElementPlace,
}

impl Resolver<'_> {
    /// Resolves the names in a tree.
    pub(super) fn resolve(&self, expr: &mut Expr) -> Result<(), RefusalError> {
        self.join_imported(expr);
        let mut faults = Vec::new();
        each_child(expr, &mut |child| faults.extend(self.resolve(child).err()));
        self.check_instance(expr)?;
        let constraint = self.constraint_of(expr)?;
        each_type_name(expr, &mut |name| faults.extend(self.rename_type(name).err()));
        if let (ExprKind::OfType { allowed, .. }, Some(constraint)) = (&mut expr.kind, constraint) {
            allowed.push(self.constraint_test(&constraint)?);
        }
        if matches!(expr.kind, ExprKind::Function { .. }) {
            self.ask_types_of_parameters(expr)?;
        }
        faults.into_iter().next().map_or(Ok(()), Err)
    }

    /// Makes one name of `import.name`.
    fn join_imported(&self, expr: &mut Expr) {
        let ExprKind::Member { context, name } = &expr.kind else {
            return;
        };
        let ExprKind::Name(import) = &context.kind else {
            return;
        };
        let joined = format!("{import}.{}", name.text);
        if self.visible.iter().any(|(visible, _)| *visible == joined) {
            expr.kind = ExprKind::Name(joined);
        }
    }

    /// The constraint of the type that a tree asks for, which it names as its model does.
    fn constraint_of(&self, expr: &Expr) -> Result<Option<Constraint>, RefusalError> {
        let ExprKind::OfType { value: _, of: Some(TypeName { kind: TypeNameKind::Named(named), .. }), allowed: _ } =
            &expr.kind
        else {
            return Ok(None);
        };
        if named.contains('#') {
            return Ok(None);
        }
        let constraint = self.types.named(self.model, named).map_err(|fault| self.refuse_type(fault))?.constraint;
        Ok(Some(constraint).filter(|constraint| !constraint.is_empty()))
    }

    /// Refuses `instance of` a type with constraints: those who implement DMN differ on whether these count.
    fn check_instance(&self, expr: &Expr) -> Result<(), RefusalError> {
        let ExprKind::InstanceOf { value: _, of: TypeName { kind: TypeNameKind::Named(named), .. } } = &expr.kind
        else {
            return Ok(());
        };
        match self.types.find(self.model, named).map(|_| self.types.named(self.model, named)) {
            Some(Ok(ty)) if !ty.constraint.is_empty() => {
                Err(self.place.refuse(format!("`instance of {named}` isn't taken: the type has allowed values")))
            }
            Some(Ok(_) | Err(_)) | None => Ok(()),
        }
    }

    fn rename_type(&self, named: &mut String) -> Result<(), RefusalError> {
        if named.contains('#')
            || built_in(named).is_some()
            || matches!(named.as_str(), "context" | "list" | "function" | "range" | "Null")
        {
            return Ok(());
        }
        let ty = self.types.named(self.model, named).map_err(|fault| self.refuse_type(fault))?.ty;
        let Some((model, item)) = self.types.find(self.model, named) else {
            return Ok(());
        };
        let unique = format!("{model}#{}", item.name);
        let Some(ty) = ty else {
            *named = "Any".to_owned();
            return Ok(());
        };
        self.named.borrow_mut().insert(unique.clone(), ty);
        *named = unique;
        Ok(())
    }

    fn refuse_type(&self, fault: NamedTypeError) -> RefusalError {
        match fault {
            NamedTypeError::Unknown(name) => self.place.refuse(format!("the type `{name}` isn't known")),
            NamedTypeError::Refused(refusal) => refusal,
        }
    }

    /// Instead of a type of each parameter, the body asks for it: so that constraints are asked as well.
    fn ask_types_of_parameters(&self, expr: &mut Expr) -> Result<(), RefusalError> {
        let ExprKind::Function { parameters, body } = &mut expr.kind else {
            return Ok(());
        };
        for (parameter, of) in parameters.iter_mut().rev() {
            let Some(of) = of.take() else {
                continue;
            };
            if matches!(&of.kind, TypeNameKind::Named(named) if named == "Any") || is_function(&of) {
                continue;
            }
            let allowed = match self.constraint_of_renamed(&of)? {
                Some(constraint) => vec![self.constraint_test(&constraint)?],
                None => Vec::new(),
            };
            let value = Box::new(tree(ExprKind::Name(parameter.text.clone())));
            let asked = Box::new(tree(ExprKind::OfType { value, of: Some(of), allowed }));
            let inner = std::mem::replace(body, Box::new(tree(ExprKind::Null)));
            **body = tree(ExprKind::Let { name: parameter.text.clone(), value: asked, body: inner });
        }
        Ok(())
    }

    fn constraint_of_renamed(&self, of: &TypeName) -> Result<Option<Constraint>, RefusalError> {
        let TypeNameKind::Named(named) = &of.kind else {
            return Ok(None);
        };
        let Some((model, local)) = named.split_once('#') else {
            return Ok(None);
        };
        let model = model.parse().unwrap_or(self.model);
        let constraint = self.types.named(model, local).map_err(|fault| self.refuse_type(fault))?.constraint;
        Ok(Some(constraint).filter(|constraint| !constraint.is_empty()))
    }

    /// The test of a value, `?`, by a constraint.
    pub(super) fn constraint_test(&self, constraint: &Constraint) -> Result<Test, RefusalError> {
        let condition = self.condition(tree(ExprKind::Name("?".into())), constraint, 0)?;
        Ok(Test { kind: TestKind::Expr(condition), span: Span::default() })
    }

    /// Whether a value is null or right.
    fn condition(&self, value: Expr, constraint: &Constraint, depth: usize) -> Result<Expr, RefusalError> {
        let mut conditions = Vec::new();
        for text in &constraint.tests {
            let tests = self.parser.tests(*text, &[])?;
            let tested = tree(ExprKind::In { value: Box::new(value.clone()), tests });
            conditions.push(tree(ExprKind::Within { text: *text, expr: Box::new(tested) }));
        }
        if let Some(item) = &constraint.item {
            let variable = format!("item#{depth}");
            let condition = self.condition(tree(ExprKind::Name(variable.clone())), item, depth + 1)?;
            let domain = IterationDomain::List(Box::new(value.clone()));
            conditions.push(tree(ExprKind::Quantified {
                every: true,
                iterations: vec![Iteration { variable: name(&variable), domain }],
                condition: Box::new(condition),
            }));
        }
        for (field, constraint) in &constraint.fields {
            let member = ExprKind::Member { context: Box::new(value.clone()), name: name(field) };
            conditions.push(self.condition(tree(member), constraint, depth)?);
        }
        let is_null = binary(BinaryOperator::Equal, value, tree(ExprKind::Null));
        let right = conditions.into_iter().reduce(|one, other| binary(BinaryOperator::And, one, other));
        Ok(match right {
            Some(right) => binary(BinaryOperator::Or, is_null, right),
            None => tree(ExprKind::Boolean(true)),
        })
    }
}

fn is_function(of: &TypeName) -> bool {
    match &of.kind {
        TypeNameKind::Function(_, _) => true,
        TypeNameKind::Named(named) => named == "function",
        TypeNameKind::List(_) | TypeNameKind::Range(_) | TypeNameKind::Context(_) => false,
    }
}

fn binary(operator: BinaryOperator, left: Expr, right: Expr) -> Expr {
    tree(ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) })
}

/// Binds names around an expression, the first outermost.
pub(super) fn with_names(names: Vec<(String, Expr)>, body: Expr) -> Expr {
    names
        .into_iter()
        .rev()
        .fold(body, |body, (name, value)| tree(ExprKind::Let { name, value: Box::new(value), body: Box::new(body) }))
}

/// A call of a function by name with values of these names.
pub(super) fn call(function: &str, arguments: &[String]) -> Expr {
    let arguments = arguments.iter().map(|argument| tree(ExprKind::Name(argument.clone()))).collect();
    tree(ExprKind::Call { function: Box::new(tree(ExprKind::Name(function.to_owned()))), arguments })
}
