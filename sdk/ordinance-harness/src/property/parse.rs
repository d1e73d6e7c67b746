//! Reads `properties.toml`. Every fault points at its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::name::FieldName;
use ordinance_domain::provision::Provision;
use ordinance_domain::value::{Decimal, Record};
use ordinance_engine::case::{read_decimal, read_facts};
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::untyped_value::UntypedValue;
use serde::Deserialize;
use toml::Spanned;

use super::definition::{Property, PropertyKind};
use crate::case_binding::in_words;

/// A fault in a file of properties, at its line.
pub type PropertyFault = Diagnostic;

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

/// Reads the properties of a rule of a service, each or what is wrong with it. `file` is the name that faults show.
#[must_use]
pub fn parse_properties(file: &str, text: &str, contract: &Contract) -> Vec<Result<Property, PropertyFault>> {
    let reader = Reader { file, text: text.into(), contract };
    let read: PropertyFileToml = match toml::from_str(text) {
        Ok(read) => read,
        Err(error) => {
            return vec![Err(reader.fault(error.span().unwrap_or_default(), error.message().trim(), None))];
        }
    };
    read.properties.iter().map(|property| reader.property(property)).collect()
}

struct Reader<'a> {
    file: &'a str,
    text: Arc<str>,
    contract: &'a Contract,
}

type Read<T> = Result<T, PropertyFault>;

impl Reader<'_> {
    fn fault(&self, span: Range<usize>, message: impl Into<String>, help: Option<&str>) -> PropertyFault {
        let (text, message) = (Arc::clone(&self.text), message.into());
        Diagnostic { file: self.file.to_owned(), text, span, message, help: help.map(str::to_owned) }
    }

    fn property(&self, table: &Spanned<PropertyToml>) -> Read<Property> {
        let written = table.get_ref();
        let kind = written.kind.get_ref().as_str();
        self.check_keys(table, kind)?;
        let holds = match kind {
            "monotone" => self.monotone(table)?,
            "no-cliff" => {
                let fact = self.needed(table, written.fact.as_ref(), "fact")?;
                PropertyKind::NoCliff {
                    fact: self.ordered_fact(fact)?.name.clone(),
                    grant: self.grant(self.needed(table, written.grant.as_ref(), "grant")?)?,
                    most: self.number(self.needed(table, written.most.as_ref(), "most")?)?,
                    while_eligible: written.while_eligible.as_ref().is_some_and(|only| *only.get_ref()),
                }
            }
            "no-influence" => {
                let fact = self.needed(table, written.fact.as_ref(), "fact")?;
                PropertyKind::NoInfluence { fact: self.fact(fact.span(), fact.get_ref())?.name.clone() }
            }
            "range" => self.range(table)?,
            "symmetry" => self.symmetry(self.needed(table, written.facts.as_ref(), "facts")?)?,
            other => {
                let message = format!("there is no kind of property `{}`", ordinance_domain::name::shortened(other));
                return Err(self.fault(written.kind.span(), message, Some(KINDS)));
            }
        };
        let given = written.given.as_ref().map(|given| self.given(given)).transpose()?.unwrap_or_default();
        let provision = written.provision.as_ref().map(|provision| Provision {
            document: provision.document.clone(),
            article: provision.article.clone(),
            url: provision.url.clone(),
        });
        Ok(Property { name: written.name.clone(), holds, given, provision })
    }

    /// A key that the kind doesn't have would be passed over, and the property hold for something else.
    fn check_keys(&self, table: &Spanned<PropertyToml>, kind: &str) -> Read<()> {
        let written = table.get_ref();
        let present: BTreeMap<&str, Option<Range<usize>>> = BTreeMap::from([
            ("fact", written.fact.as_ref().map(Spanned::span)),
            ("facts", written.facts.as_ref().map(Spanned::span)),
            ("order", written.order.as_ref().map(Spanned::span)),
            ("more-gets", written.more_gets.as_ref().map(Spanned::span)),
            ("grant", written.grant.as_ref().map(Spanned::span)),
            ("most", written.most.as_ref().map(Spanned::span)),
            ("while-eligible", written.while_eligible.as_ref().map(Spanned::span)),
            ("min", written.min.as_ref().map(Spanned::span)),
            ("max", written.max.as_ref().map(Spanned::span)),
        ]);
        let known: &[&str] = match kind {
            "monotone" => &["fact", "order", "more-gets"],
            "no-cliff" => &["fact", "grant", "most", "while-eligible"],
            "no-influence" => &["fact"],
            "range" => &["grant", "min", "max"],
            "symmetry" => &["facts"],
            _ => return Ok(()),
        };
        let stranger =
            present.into_iter().find_map(|(key, span)| Some((key, span?)).filter(|(key, _)| !known.contains(key)));
        match stranger {
            Some((key, span)) => {
                let help = format!("it has {}", known.join(", "));
                Err(self.fault(span, format!("a property of the kind `{kind}` has no `{key}`"), Some(&help)))
            }
            None => Ok(()),
        }
    }

    fn needed<'t, T>(
        &self,
        table: &Spanned<PropertyToml>,
        value: Option<&'t Spanned<T>>,
        key: &str,
    ) -> Read<&'t Spanned<T>> {
        let kind = table.get_ref().kind.get_ref();
        value.ok_or_else(|| self.fault(table.span(), format!("a property of the kind `{kind}` needs `{key}`"), None))
    }

    fn fact(&self, span: Range<usize>, name: &str) -> Read<&Fact> {
        self.contract.fact(name).ok_or_else(|| {
            let message = format!("the service has no fact `{}`", ordinance_domain::name::shortened(name));
            self.fault(span, message, Some("name a fact of the service's `facts`"))
        })
    }

    /// A fact whose values have an order and steps.
    fn ordered_fact(&self, written: &Spanned<String>) -> Read<&Fact> {
        let fact = self.fact(written.span(), written.get_ref())?;
        match fact.fact_type {
            FactType::Integer { .. } | FactType::Decimal { .. } | FactType::Date => Ok(fact),
            FactType::Bool
            | FactType::Text { .. }
            | FactType::Choice(_)
            | FactType::Record(_)
            | FactType::List { .. } => {
                Err(self.fault(written.span(), "this fact is neither a number nor a date", None))
            }
        }
    }

    fn monotone(&self, table: &Spanned<PropertyToml>) -> Read<PropertyKind> {
        let written = table.get_ref();
        let name = self.needed(table, written.fact.as_ref(), "fact")?;
        let fact = self.fact(name.span(), name.get_ref())?;
        let order = match (&fact.fact_type, &written.order) {
            (FactType::Choice(choices), Some(order)) => {
                if let Some(stranger) = order.get_ref().iter().find(|word| !choices.contains(word)) {
                    let help = format!("its choices are {}", choices.join(", "));
                    let message = format!("`{}` is no choice of it", ordinance_domain::name::shortened(stranger));
                    return Err(self.fault(order.span(), message, Some(&help)));
                }
                order.get_ref().clone()
            }
            (FactType::Choice(_), None) => {
                let help = "say which is more: order = [\"none\", \"some\", \"most\"]";
                return Err(self.fault(name.span(), "the choices of this fact have no order", Some(help)));
            }
            (FactType::Bool | FactType::Integer { .. } | FactType::Decimal { .. } | FactType::Date, None) => Vec::new(),
            (FactType::Bool | FactType::Integer { .. } | FactType::Decimal { .. } | FactType::Date, Some(order)) => {
                return Err(self.fault(order.span(), "the values of this fact have an order of their own", None));
            }
            (FactType::Text { .. } | FactType::Record(_) | FactType::List { .. }, _) => {
                return Err(self.fault(name.span(), "there is no more or less of this fact", None));
            }
        };
        let more = self.needed(table, written.more_gets.as_ref(), "more-gets")?;
        let gets_no_less = match more.get_ref().as_str() {
            "no-less" => true,
            "no-more" => false,
            _ => return Err(self.fault(more.span(), "write \"no-less\" or \"no-more\"", None)),
        };
        Ok(PropertyKind::Monotone { fact: fact.name.clone(), order, gets_no_less })
    }

    fn range(&self, table: &Spanned<PropertyToml>) -> Read<PropertyKind> {
        let written = table.get_ref();
        let grant = self.grant(self.needed(table, written.grant.as_ref(), "grant")?)?;
        let min = written.min.as_ref().map(|min| self.number(min)).transpose()?;
        let max = written.max.as_ref().map(|max| self.number(max)).transpose()?;
        if min.is_none() && max.is_none() {
            return Err(self.fault(table.span(), "a range needs `min`, `max` or both", None));
        }
        Ok(PropertyKind::Range { grant, min, max })
    }

    fn symmetry(&self, written: &Spanned<Vec<String>>) -> Read<PropertyKind> {
        let [one, other] = written.get_ref().as_slice() else {
            return Err(self.fault(written.span(), "a symmetry is of two facts", None));
        };
        let (one, other) = (self.fact(written.span(), one)?, self.fact(written.span(), other)?);
        if one.fact_type != other.fact_type {
            return Err(self.fault(written.span(), "the two facts don't have the same type", None));
        }
        Ok(PropertyKind::Symmetry { facts: [one.name.clone(), other.name.clone()] })
    }

    fn grant(&self, written: &Spanned<String>) -> Read<FieldName> {
        let fields = self.contract.grant.iter().map(|field| &field.name);
        let known = fields.clone().find(|name| name.as_str() == written.get_ref());
        known.cloned().ok_or_else(|| {
            let help = format!("it grants {}", fields.map(FieldName::as_str).collect::<Vec<_>>().join(", "));
            self.fault(written.span(), "the service grants no such field", Some(&help))
        })
    }

    fn number(&self, written: &Spanned<toml::Value>) -> Read<Decimal> {
        let number = match written.get_ref() {
            toml::Value::String(text) => read_decimal(text),
            toml::Value::Integer(number) => Some((*number).into()),
            _ => None,
        };
        number.ok_or_else(|| self.fault(written.span(), "this is no number", Some("write a decimal as \"50.00\"")))
    }

    fn given(&self, written: &Spanned<toml::Value>) -> Read<Record> {
        read_facts(self.contract, &UntypedValue::from_toml(written.get_ref()), "/given")
            .map(|facts| facts.0)
            .map_err(|faults| self.fault(written.span(), in_words(&faults), None))
    }
}
