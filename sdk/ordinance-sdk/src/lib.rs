//! The SDK of rules: bindings, exact numbers and dates, three-valued logic with findings, and rulings on facts.
//!
//! A rule is a `no_std` crate with one line `ordinance_sdk::rule!(Name);` (a privacy rule: `privacy_rule!`) and one
//! function. This crate provides an allocator and a panic handler that keep components small and fast. It must never
//! provide a clock, random numbers or I/O; the host rejects a rule that imports them.
//!
//! ```text
//! #![no_std]
//! use ordinance_sdk::prelude::*;
//! ordinance_sdk::rule!(Allowance);
//!
//! impl Guest for Allowance {
//!     fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
//!         let test = all([
//!             criterion("old-enough", applicant.age.map(|age| age >= parameters.min_age)),
//!             criterion("not-in-other-scheme", not(applicant.draws_other)),
//!         ]);
//!         answer(test, || Determination::Eligible(Grant { amount: parameters.monthly }))
//!     }
//! }
//! ```
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod age;
mod date;
mod decimal;
#[cfg(target_arch = "wasm32")]
mod guest;
mod lists;
mod logic;
mod optional;
mod rounding;
mod rule;
mod unrounded;
mod working_days;

pub mod privacy;
#[doc(hidden)]
pub mod runtime;
pub mod types;

pub use age::{AgeReached, LeapDayBirthday};
pub use date::{Date, MonthEnd, TimeBetween, Weekday};
pub use decimal::Decimal;
pub use lists::{Count, all_of, any_of, count_of, least_of, most_of, sum_of};
pub use logic::{Finding, Test, all, all_items, any, any_item, criterion, not};
pub use optional::{difference, less, row_for, sum};
pub use rounding::Rounding;
pub use unrounded::Unrounded;
pub use working_days::WorkingCalendar;

/// The prelude of privacy rules: `use ordinance_sdk::privacy_prelude::*;`.
pub mod privacy_prelude {
    pub use alloc::string::String;
    pub use alloc::vec::Vec;

    pub use crate::privacy::{
        Activity, AgeBand, Consent, DisclosureRequest, Holder, LegalBasis, Obligation, Party, Recipient, RecipientKind,
        RequestedFact, Ruling, Sensitivity, SharingClass, Subject, Verdict,
    };
    pub use crate::{Date, Decimal};
}

/// The prelude of eligibility rules: `use ordinance_sdk::prelude::*;`. The types of a rule's WIT come into scope beside
/// it, so it leaves out types with names that a rule may need for its own, such as [`Weekday`].
pub mod prelude {
    pub use alloc::string::String;
    pub use alloc::vec::Vec;

    pub use crate::{
        AgeReached, Date, Decimal, Finding, LeapDayBirthday, MonthEnd, Rounding, Test, Unrounded, WorkingCalendar, all,
        all_items, all_of, any, any_item, any_of, count_of, criterion, difference, least_of, less, most_of, not,
        row_for, sum, sum_of,
    };
}
