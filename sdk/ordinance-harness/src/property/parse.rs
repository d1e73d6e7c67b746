//! Parses `properties.toml`. Every diagnostic points at its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ordinance_domain::contract::{Better, Contract};
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::name::FieldName;
use ordinance_domain::provision::Provision;
use ordinance_domain::value::{Decimal, Record};
use ordinance_engine::case::read_facts_alone;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::literals::read_decimal;
use ordinance_engine::untyped_value::UntypedValue;
use serde::Deserialize;
use toml::Spanned;

use super::definition::{Property, PropertyKind};
use crate::test_error::in_one_line;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PropertyFileToml {
    #[serde(default)]
    properties: Vec<Spanned<PropertyToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PropertyToml {
    name: String,
    kind: Spanned<String>,
    fact: Option<Spanned<String>>,
    facts: Option<Spanned<Vec<String>>>,
    order: Option<Spanned<Vec<String>>>,
    more_gets: Option<Spanned<String>>,
    grant: Option<Spanned<String>>,
    most: Option<Spanned<toml::Value>>,
    while_eligible: Option<Spanned<bool>>,
    min: Option<Spanned<toml::Value>>,
    max: Option<Spanned<toml::Value>>,
    given: Option<Spanned<toml::Value>>,
    provision: Option<ProvisionToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvisionToml {
    document: String,
    article: String,
    url: Option<String>,
}

const KINDS: &str =
    "write kind = \"monotone\", \"no-cliff\", \"no-influence\", \"range\" or \"symmetry\"; see the SDK's README";

/// Parses the properties of a rule of a service. Each is a property or its diagnostic. `file` is the name that
/// diagnostics show.
#[must_use]
pub fn parse_properties(file: &str, text: &str, contract: &Contract) -> Vec<Result<Property, Diagnostic>> {
    let parser = PropertyParser { file, text: text.into(), contract };
    let file_toml: PropertyFileToml = match toml::from_str(text) {
        Ok(file_toml) => file_toml,
        Err(error) => {
            return vec![Err(parser.diagnostic(error.span().unwrap_or_default(), error.message().trim(), None))];
        }
    };
    file_toml.properties.iter().map(|property| parser.property(property)).collect()
}

struct PropertyParser<'a> {
    file: &'a str,
    text: Arc<str>,
    contract: &'a Contract,
}

impl PropertyParser<'_> {
    fn diagnostic(&self, span: Range<usize>, message: impl Into<String>, help: Option<&str>) -> Diagnostic {
        Diagnostic {
            is_cell: false,
            file: self.file.to_owned(),
            text: Arc::clone(&self.text),
            span,
            message: message.into(),
            help: help.map(str::to_owned),
        }
    }

    fn property(&self, table: &Spanned<PropertyToml>) -> Result<Property, Diagnostic> {
        let property = table.get_ref();
        let kind_name = property.kind.get_ref().as_str();
        self.check_keys(table, kind_name)?;
        let kind = match kind_name {
            "monotone" => self.monotone(table)?,
            "no-cliff" => {
                let fact = self.required(table, property.fact.as_ref(), "fact")?;
                PropertyKind::NoCliff {
                    fact: self.ordered_fact(fact)?.name,
                    grant: self.losable(self.required(table, property.grant.as_ref(), "grant")?)?,
                    most: self.loss(self.required(table, property.most.as_ref(), "most")?)?,
                    while_eligible: property.while_eligible.as_ref().is_some_and(|only| *only.get_ref()),
                }
            }
            "no-influence" => {
                let fact = self.required(table, property.fact.as_ref(), "fact")?;
                PropertyKind::NoInfluence { fact: self.fact(fact.span(), fact.get_ref())?.name }
            }
            "range" => self.range(table)?,
            "symmetry" => self.symmetry(self.required(table, property.facts.as_ref(), "facts")?)?,
            other => {
                let message = format!("unknown kind of property `{}`", ordinance_domain::name::shortened(other));
                return Err(self.diagnostic(property.kind.span(), message, Some(KINDS)));
            }
        };
        let given = property.given.as_ref().map(|given| self.given(given)).transpose()?.unwrap_or_default();
        if let (Some(written), Some(fact)) =
            (&property.given, kind.facts().into_iter().find(|fact| given.iter().any(|(name, _)| name == *fact)))
        {
            let message = format!("the property is about `{fact}`, which `given` holds at one value");
            return Err(self.diagnostic(written.span(), message, Some("leave it out of `given`")));
        }
        let provision = property.provision.as_ref().map(|provision| Provision {
            document: provision.document.clone(),
            article: provision.article.clone(),
            url: provision.url.clone(),
        });
        Ok(Property { name: property.name.clone(), kind, given, provision })
    }

    /// Rejects a key that the kind doesn't have. To ignore it would change the meaning of the property.
    fn check_keys(&self, table: &Spanned<PropertyToml>, kind: &str) -> Result<(), Diagnostic> {
        let property = table.get_ref();
        let present: BTreeMap<&str, Option<Range<usize>>> = BTreeMap::from([
            ("fact", property.fact.as_ref().map(Spanned::span)),
            ("facts", property.facts.as_ref().map(Spanned::span)),
            ("order", property.order.as_ref().map(Spanned::span)),
            ("more-gets", property.more_gets.as_ref().map(Spanned::span)),
            ("grant", property.grant.as_ref().map(Spanned::span)),
            ("most", property.most.as_ref().map(Spanned::span)),
            ("while-eligible", property.while_eligible.as_ref().map(Spanned::span)),
            ("min", property.min.as_ref().map(Spanned::span)),
            ("max", property.max.as_ref().map(Spanned::span)),
        ]);
        let known: &[&str] = match kind {
            "monotone" => &["fact", "order", "more-gets"],
            "no-cliff" => &["fact", "grant", "most", "while-eligible"],
            "no-influence" => &["fact"],
            "range" => &["grant", "min", "max"],
            "symmetry" => &["facts"],
            _ => return Ok(()),
        };
        for (key, span) in present {
            let Some(span) = span.filter(|_| !known.contains(&key)) else { continue };
            let help = format!("use only {}", known.join(", "));
            return Err(self.diagnostic(span, format!("a property of the kind `{kind}` has no `{key}`"), Some(&help)));
        }
        Ok(())
    }

    fn required<'t, T>(
        &self,
        table: &Spanned<PropertyToml>,
        value: Option<&'t Spanned<T>>,
        key: &str,
    ) -> Result<&'t Spanned<T>, Diagnostic> {
        let kind = table.get_ref().kind.get_ref();
        value.ok_or_else(|| {
            self.diagnostic(table.span(), format!("a property of the kind `{kind}` needs `{key}`"), None)
        })
    }

    /// A fact, or by its path a part of each item of a list, such as `members.income`, or of one, such as
    /// `members[0].income`.
    fn fact(&self, span: Range<usize>, name: &str) -> Result<Fact, Diagnostic> {
        let path = FieldName::path(name).ok();
        let found = path.and_then(|path| Some(Fact { name: path.clone(), ..self.contract.fact_at(&path)?.clone() }));
        found.ok_or_else(|| {
            let message = format!("the service has no fact `{}`", ordinance_domain::name::shortened(name));
            let help = "name a fact of the service's `facts`, or a part of each person as `members.income`, of the first \
                        one as `members[0].income`";
            self.diagnostic(span, message, Some(help))
        })
    }

    /// A fact whose type has an order and steps.
    fn ordered_fact(&self, written: &Spanned<String>) -> Result<Fact, Diagnostic> {
        let fact = self.fact(written.span(), written.get_ref())?;
        match fact.fact_type {
            FactType::Integer { .. } | FactType::Decimal { .. } | FactType::Date => Ok(fact),
            FactType::Bool
            | FactType::Text { .. }
            | FactType::Choice(_)
            | FactType::Record(_)
            | FactType::List { .. } => Err(self.diagnostic(
                written.span(),
                "this fact is neither a number nor a date",
                Some("name an integer, a decimal or a date"),
            )),
        }
    }

    fn monotone(&self, table: &Spanned<PropertyToml>) -> Result<PropertyKind, Diagnostic> {
        let property = table.get_ref();
        let name = self.required(table, property.fact.as_ref(), "fact")?;
        let fact = self.fact(name.span(), name.get_ref())?;
        let order = match (&fact.fact_type, &property.order) {
            (FactType::Choice(choices), Some(order)) => {
                if let Some(unknown) = order.get_ref().iter().find(|choice| !choices.contains(choice)) {
                    let help = format!("use its choices {}", choices.join(", "));
                    let message =
                        format!("`{}` is not a choice of this fact", ordinance_domain::name::shortened(unknown));
                    return Err(self.diagnostic(order.span(), message, Some(&help)));
                }
                order.get_ref().clone()
            }
            (FactType::Choice(_), None) => {
                let help = "list them from less to more: order = [\"none\", \"some\", \"most\"]";
                return Err(self.diagnostic(name.span(), "the choices of this fact have no order", Some(help)));
            }
            (FactType::Bool | FactType::Integer { .. } | FactType::Decimal { .. } | FactType::Date, None) => Vec::new(),
            (FactType::Bool | FactType::Integer { .. } | FactType::Decimal { .. } | FactType::Date, Some(order)) => {
                return Err(self.diagnostic(
                    order.span(),
                    "the type of this fact has an order",
                    Some("remove `order`"),
                ));
            }
            (FactType::Text { .. } | FactType::Record(_) | FactType::List { .. }, _) => {
                return Err(self.diagnostic(
                    name.span(),
                    "the type of this fact has no order",
                    Some("name a number, a date, a choice or true/false fact"),
                ));
            }
        };
        let more = self.required(table, property.more_gets.as_ref(), "more-gets")?;
        let gets_no_less = match more.get_ref().as_str() {
            "no-less" => true,
            "no-more" => false,
            _ => return Err(self.diagnostic(more.span(), "write \"no-less\" or \"no-more\"", None)),
        };
        Ok(PropertyKind::Monotone { fact: fact.name.clone(), order, gets_no_less })
    }

    fn range(&self, table: &Spanned<PropertyToml>) -> Result<PropertyKind, Diagnostic> {
        let property = table.get_ref();
        let grant = self.grant(self.required(table, property.grant.as_ref(), "grant")?)?;
        let min = property.min.as_ref().map(|min| self.number(min)).transpose()?;
        let max = property.max.as_ref().map(|max| self.number(max)).transpose()?;
        if min.is_none() && max.is_none() {
            return Err(self.diagnostic(table.span(), "a range needs `min`, `max` or both", None));
        }
        if let (Some(written), Some(least), Some(most)) = (&property.max, min, max)
            && least > most
        {
            return Err(self.diagnostic(written.span(), "`max` is below `min`, so no grant is within the range", None));
        }
        Ok(PropertyKind::Range { grant, min, max })
    }

    fn symmetry(&self, written: &Spanned<Vec<String>>) -> Result<PropertyKind, Diagnostic> {
        let [one, other] = written.get_ref().as_slice() else {
            return Err(self.diagnostic(written.span(), "a symmetry needs exactly two facts", None));
        };
        if one == other {
            return Err(self.diagnostic(written.span(), "the two facts are one, so nothing is exchanged", None));
        }
        let one = self.fact(written.span(), one)?;
        let other = self.fact(written.span(), other)?;
        if one.fact_type != other.fact_type {
            return Err(self.diagnostic(
                written.span(),
                "the two facts have different types",
                Some("name two facts of the same type"),
            ));
        }
        Ok(PropertyKind::Symmetry { facts: [one.name.clone(), other.name.clone()] })
    }

    fn grant(&self, written: &Spanned<String>) -> Result<FieldName, Diagnostic> {
        let fields = self.contract.grant.iter().map(|field| &field.name);
        let known = fields.clone().find(|name| name.as_str() == written.get_ref());
        known.cloned().ok_or_else(|| {
            let help =
                format!("name one of its fields: {}", fields.map(FieldName::as_str).collect::<Vec<_>>().join(", "));
            self.diagnostic(written.span(), "the service's grant has no such field", Some(&help))
        })
    }

    /// A field of the grant that somebody can lose.
    fn losable(&self, written: &Spanned<String>) -> Result<FieldName, Diagnostic> {
        let name = self.grant(written)?;
        match self.contract.grant_field(&name).map(|field| field.better) {
            Some(Better::Neither) => Err(self.diagnostic(
                written.span(),
                "neither more nor less of this field is better, so nobody loses any of it",
                Some("name a field whose `better` is \"more\" or \"less\" in the service's file"),
            )),
            Some(Better::More | Better::Less) | None => Ok(name),
        }
    }

    fn number(&self, written: &Spanned<toml::Value>) -> Result<Decimal, Diagnostic> {
        let number = match written.get_ref() {
            toml::Value::String(text) => read_decimal(text),
            toml::Value::Integer(number) => Some((*number).into()),
            _ => None,
        };
        number.ok_or_else(|| {
            self.diagnostic(written.span(), "this is not a number", Some("write a decimal as \"50.00\""))
        })
    }

    /// The most that somebody may lose.
    fn loss(&self, written: &Spanned<toml::Value>) -> Result<Decimal, Diagnostic> {
        let most = self.number(written)?;
        if most.is_sign_negative() && !most.is_zero() {
            return Err(self.diagnostic(written.span(), "a loss is not below 0", Some("write most = \"0\" or more")));
        }
        Ok(most)
    }

    fn given(&self, written: &Spanned<toml::Value>) -> Result<Record, Diagnostic> {
        read_facts_alone(self.contract, &UntypedValue::from_toml(written.get_ref()), "/given")
            .map(|facts| facts.0)
            .map_err(|errors| self.diagnostic(written.span(), in_one_line(&errors), None))
    }
}
