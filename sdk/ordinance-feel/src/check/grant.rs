//! What a rule answers: whether the person is eligible, and each field of the grant against the contract.

use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::fact::FactType;
use ordinance_domain::manifest::Manifest;

use super::checked::{self, Checked, literal_text};
use super::checker::{Checker, Source, State};
use super::inputs::{exact, fact_type};
use super::joins::{as_text, converted};
use super::names::nearest;
use crate::bounds::Bounds;
use crate::exact::Exact;
use crate::rule_text::RuleText;
use crate::source_text::Place;
use crate::tree::{Expr, ExprKind, Finding, GrantValue, Intermediate, LocalId};
use crate::types::{Type, TypeKind};

impl<'t> Checker<'t> {
    /// The findings on the criteria; `None` for those with a fault.
    pub(crate) fn findings(&mut self, rule: &'t RuleText) -> Vec<Option<Finding>> {
        let first = self.sources.len() - rule.criteria.len().min(self.sources.len());
        let criteria = rule.criteria.iter().enumerate();
        criteria
            .map(|(index, criterion)| {
                let place = self.place_of(criterion.when);
                let State::Checked { local, .. } = self.source(first + index, place) else { return None };
                let each = criterion.each.is_some();
                Some(Finding { criterion: criterion.id.clone(), local, each })
            })
            .collect()
    }

    /// Whether the person is eligible: as the rule says, or if every criterion is satisfied.
    pub(crate) fn eligible(&mut self, rule: &'t RuleText, findings: &[Option<Finding>]) -> Option<Expr> {
        if let Some(text) = rule.eligible {
            let expr = self.parsed.expression(text)?;
            return self.in_text(text, |checker| checker.condition(&expr));
        }
        let mut all: Option<Expr> = None;
        for (finding, criterion) in findings.iter().zip(&rule.criteria) {
            let finding = finding.as_ref()?;
            let place = self.place_of(criterion.when);
            let kind = ExprKind::Local(finding.local);
            let holds = if finding.each {
                let list = Checked::new(kind, Type::from(TypeKind::Boolean).list(None), place);
                super::builtins::call_of(ordinance_feel_runtime::Builtin::All, vec![list], TypeKind::Boolean, place)
                    .expr
            } else {
                Expr { kind, ty: TypeKind::Boolean.into(), place }
            };
            all = Some(match all {
                None => holds,
                Some(before) => {
                    let kind = ExprKind::And(Box::new(before), Box::new(holds));
                    Expr { kind, ty: TypeKind::Boolean.into(), place }
                }
            });
        }
        // A rule without any criterion finds everybody eligible; the manifest's own check tells that it needs one.
        let place = self.place_of(crate::source_text::TextId(0));
        Some(all.unwrap_or_else(|| checked::boolean(true, place)))
    }

    /// The values of the grant, in the order of the contract.
    pub(crate) fn grant(&mut self, rule: &'t RuleText, contract: &Contract) -> Vec<Option<GrantValue>> {
        for (index, (name, text)) in rule.grant.iter().enumerate() {
            let place = self.place_of(*text);
            if rule.grant.iter().take(index).any(|(earlier, _)| earlier == name) {
                self.fault::<()>(place, format!("`{name}` is granted twice"), "leave one of the two out");
            }
            if !contract.grant.iter().any(|field| field.name.is(name)) {
                let known = contract.grant.iter().map(|field| field.name.as_str());
                let help = match contract.grant.is_empty() {
                    true => "the service only says who is eligible: leave `[grant]` out".to_owned(),
                    false => nearest(name, known, "its grant has"),
                };
                let message = format!("the service `{}` grants no `{name}`", contract.service);
                self.fault::<()>(place, message, help);
            }
        }
        contract.grant.iter().map(|field| self.grant_field(rule, field)).collect()
    }

    fn grant_field(&mut self, rule: &'t RuleText, field: &GrantField) -> Option<GrantValue> {
        let name = field.name.to_string();
        let fact_type = field.fact_type.clone();
        let Some((_, text)) = rule.grant.iter().find(|(granted, _)| *granted == name) else {
            return Some(GrantValue { name, fact_type, value: None });
        };
        let expr = self.parsed.expression(*text)?;
        let checked = self.in_text(*text, |checker| checker.value(&expr))?;
        let place = self.place_of(*text);
        let value = self.granted(field, checked, place)?;
        Some(GrantValue { name, fact_type, value: Some(value) })
    }

    /// The value as one of the contract's field. Null leaves the field to other levels.
    fn granted(&mut self, field: &GrantField, mut checked: Checked, place: Place) -> Option<Expr> {
        let name = &field.name;
        if matches!(checked.kind(), TypeKind::Null) {
            return Some(checked.expr);
        }
        if let (Some(unit), Some(of)) = (checked.units.unit(), &field.unit)
            && !unit.is_comparable_with(of)
        {
            let message = format!("`{name}` is granted in `{of}`, and this is in `{unit}`");
            return self.fault(place, message, "convert it: a product or a quotient has no unit of its own");
        }
        match (&field.fact_type, checked.kind()) {
            (FactType::Integer { .. } | FactType::Decimal { .. }, TypeKind::Number(bounds)) => {
                self.fits_digits(field, Bounds::from(*bounds), place)?;
                self.fits_range(field, Bounds::from(*bounds), place)?;
                Some(checked.expr)
            }
            (FactType::Bool, TypeKind::Boolean) | (FactType::Date, TypeKind::Date) => Some(checked.expr),
            (FactType::Text { bytes_max }, TypeKind::Text | TypeKind::Choice(_)) => {
                if literal_text(&checked.expr).is_some_and(|text| text.len() > *bytes_max) {
                    return self.fault(
                        place,
                        format!("`{name}` has at most {bytes_max} bytes"),
                        "write a shorter text",
                    );
                }
                checked.expr = as_text(checked.expr);
                Some(checked.expr)
            }
            (FactType::Choice(words), TypeKind::Choice(granted)) => {
                if let Some(other) = granted.iter().find(|word| !words.contains(word)) {
                    let help = nearest(other, words.iter().map(String::as_str), "the words are");
                    return self.fault(place, format!("\"{other}\" is none of the words of `{name}`"), help);
                }
                let to = fact_type(&field.fact_type);
                Some(converted(checked.expr, &to))
            }
            (FactType::Record(_) | FactType::List { .. }, _) => {
                let message = format!("`{name}` is {} in the contract", field.fact_type);
                self.fault(place, message, "expressions can't grant records: write the rule in Rust")
            }
            (wanted, _) => {
                let message =
                    format!("`{name}` is {} in the contract, and this is {}", fact_type(wanted), checked.expr.ty);
                self.fault(place, message, "")
            }
        }
    }

    /// Tells a number that may have more digits than the field.
    fn fits_digits(&mut self, field: &GrantField, bounds: Bounds, place: Place) -> Option<()> {
        let scale = match field.fact_type {
            FactType::Decimal { scale, .. } => scale,
            _ => 0,
        };
        if bounds.scale.is_some_and(|own| u32::from(own) <= scale) {
            return Some(());
        }
        let written = self.written(place).filter(|text| text.len() <= 40).unwrap_or("...");
        let digits = if scale == 1 { "digit" } else { "digits" };
        let name = &field.name;
        let message = match scale {
            0 => format!("`{name}` is a whole number, and this may have digits after the point"),
            scale => format!("`{name}` has at most {scale} {digits} after the point, and this may have more"),
        };
        self.fault(place, message, format!("round it as the law says: `round half up({written}, {scale})`"))
    }

    /// Tells a number that is outside of the field's range in every case.
    fn fits_range(&mut self, field: &GrantField, bounds: Bounds, place: Place) -> Option<()> {
        let Some((least, most)) = contract_bounds(field) else { return Some(()) };
        let (low, high) = bounds.range.unwrap_or((least, most));
        let name = &field.name;
        if low > most {
            let message = format!("this is always more than {most}, the most that the contract lets `{name}` be");
            return self.fault(place, message, "");
        }
        if high < least {
            let message = format!("this is always less than {least}, the least that the contract lets `{name}` be");
            return self.fault(place, message, "");
        }
        Some(())
    }

    /// The local and the type of a defined value that is checked.
    fn defined(&self, name: &str) -> Option<(LocalId, Type)> {
        let is_it = |source: &Source<'_>| matches!(source, Source::Define { name: defined, .. } if *defined == name);
        match self.states.get(self.sources.iter().position(is_it)?)? {
            State::Checked { local, ty, .. } => Some((*local, ty.clone())),
            State::Waiting | State::Begun | State::Faulty => None,
        }
    }

    /// Refuses a defined value whose unit isn't the one that `[intermediates]` writes for it. A product or a quotient
    /// has no unit of its own.
    pub(crate) fn check_units_told(&mut self, rule: &'t RuleText, manifest: &Manifest) {
        for (name, text) in &rule.defines {
            let written = manifest.intermediates.iter().find(|told| told.name.is(name));
            let Some(written) = written.and_then(|told| told.unit.as_ref()) else { continue };
            let is_it = |source: &Source<'_>| matches!(source, Source::Define { name: defined, .. } if defined == name);
            let index = self.sources.iter().position(is_it);
            let Some(State::Checked { units, .. }) = index.and_then(|index| self.states.get(index)) else { continue };
            let Some(unit) = units.unit().filter(|unit| !unit.is_comparable_with(written)).cloned() else { continue };
            let message = format!("`{name}` is in `{unit}`, and `[intermediates.{name}]` says `{written}`");
            let help =
                format!("mend the expression, such as by `/ 12` for months of a year, or write unit = \"{unit}\"");
            let place = self.place_of(*text);
            self.fault::<()>(place, message, help);
        }
    }

    /// The values of `[define]` that the rule tells: those that are one value, not a list or a record.
    pub(crate) fn intermediates(&mut self, rule: &'t RuleText) -> Vec<Intermediate> {
        let mut told = Vec::new();
        for (name, _) in &rule.defines {
            let Some((local, ty)) = self.defined(name) else { continue };
            let is_one = matches!(
                ty.kind,
                TypeKind::Boolean | TypeKind::Number(_) | TypeKind::Date | TypeKind::Text | TypeKind::Choice(_)
            );
            // The interface of a rule has names of ASCII letters alone.
            if is_one && ordinance_domain::name::FieldName::new(name).is_ok() {
                told.push(Intermediate { name: name.clone(), local, ty });
            }
        }
        for name in rule.intermediates.iter().filter(|name| !told.iter().any(|told| told.name == **name)) {
            let known = told.iter().map(|told| told.name.as_str());
            let is_defined = rule.defines.iter().find(|(defined, _)| defined == name);
            // A value with a fault of its own isn't told twice.
            let text = is_defined.or(rule.defines.first()).map(|(_, text)| *text);
            let Some(text) = text.or(rule.eligible).or(rule.criteria.first().map(|criterion| criterion.when)) else {
                continue;
            };
            let is_faulty = is_defined.is_some() && self.defined(name).is_none();
            if is_faulty {
                continue;
            }
            let place = self.place_of(text);
            let message = match is_defined {
                Some(_) => format!("`{name}` in `[intermediates]` is a list or a record, which isn't told"),
                None => format!("`{name}` in `[intermediates]` isn't in `[define]`"),
            };
            let help = match rule.tables.iter().any(|table| table.name == *name) {
                true => format!("give the table a title with `titles` under `[tables.{name}]`"),
                false => nearest(name, known, "the values that are told are"),
            };
            self.fault::<()>(place, message, help);
        }
        told
    }
}

/// The least and the greatest number that the contract lets a field be.
pub(super) fn contract_bounds(field: &GrantField) -> Option<(Exact, Exact)> {
    match &field.fact_type {
        FactType::Integer { min, max } => Some((Exact::whole(*min), Exact::whole(*max))),
        FactType::Decimal { min, max, .. } => Some((exact(*min), exact(*max))),
        FactType::Bool
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => None,
    }
}
