//! The unit of a number as JSON.

use ordinance_domain::contract::Contract;
use ordinance_domain::unit::{Measure, Unit};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// In what a number stands, by its parts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeasureReply {
    /// `currency`, `percent`, `time` or `count`.
    kind: &'static str,
    /// Of a currency, its code in ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'static str>,
    /// Of a percentage, of what, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// Of a time or a count, what is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<&'static str>,
    /// The thing for each of which it stands, such as `person`.
    #[serde(skip_serializing_if = "Option::is_none")]
    thing: Option<&'static str>,
    /// The time for each of which it stands, such as `month` or `tax year`.
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<String>,
}

pub(crate) fn measure_reply(unit: &Unit) -> MeasureReply {
    let reply = MeasureReply {
        kind: "currency",
        currency: None,
        of: None,
        counted: None,
        thing: unit.thing.map(|thing| thing.singular()),
        period: unit.period.as_ref().map(ToString::to_string),
    };
    match &unit.measure {
        Measure::Currency(code) => MeasureReply { currency: Some(code), ..reply },
        Measure::Percent { of } => MeasureReply { kind: "percent", of: of.clone(), ..reply },
        Measure::Time(time) => MeasureReply { kind: "time", counted: Some(time.as_str()), ..reply },
        Measure::Count(thing) => MeasureReply { kind: "count", counted: Some(thing.as_str()), ..reply },
    }
}

/// The units of the fields of a grant, by their names; fields without one are left out.
#[derive(Debug)]
pub(crate) struct GrantUnitsReply<'a>(&'a Contract);

impl<'a> GrantUnitsReply<'a> {
    /// `None` if no field has a unit.
    pub(crate) fn new(contract: &'a Contract) -> Option<Self> {
        contract.grant.iter().any(|field| field.unit.is_some()).then_some(Self(contract))
    }
}

impl Serialize for GrantUnitsReply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in &self.0.grant {
            if let Some(unit) = &field.unit {
                map.serialize_entry(field.name.as_str(), unit.as_str())?;
            }
        }
        map.end()
    }
}
