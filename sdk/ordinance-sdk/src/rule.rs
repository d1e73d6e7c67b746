//! The macros that make a type a rule, one for each kind of rule.

/// Exports the named type as the rule, by the bindings in `wit/bindings.rs`, which `ordinance build` writes from the
/// rule's WIT.
///
/// It brings into scope the records of the world (`Applicant`, `Parameters`, `Grant`, `Determination`, `Answer`),
/// the trait `Guest` whose `determine` is the rule, and
///
/// ```text
/// fn answer<D: Into<Option<Determination>>>(test: Test, eligible: impl FnOnce() -> D) -> Answer
/// ```
///
/// which converts a test to an answer: a satisfied test gives the result of `eligible` (`Undetermined` if it is `None`,
/// because an amount depends on a missing fact), a test that isn't satisfied `Ineligible`, an unknown one
/// `Undetermined`.
///
/// A rule whose answer has `intermediates` is exported by `rule!(Name, intermediates)`; its `answer` takes them after
/// the test: `answer(test, Intermediates { countable_income }, || ...)`.
#[macro_export]
macro_rules! rule {
    ($rule:ident) => {
        $crate::rule!(@bindings $rule);

        fn answer<D>(test: $crate::Test, eligible: impl FnOnce() -> D) -> Answer
        where
            D: Into<Option<Determination>>,
        {
            let determination = $crate::rule!(@determination test, eligible);
            Answer { determination, findings: test.into_findings() }
        }
    };
    ($rule:ident, intermediates) => {
        $crate::rule!(@bindings $rule);

        fn answer<D>(test: $crate::Test, intermediates: Intermediates, eligible: impl FnOnce() -> D) -> Answer
        where
            D: Into<Option<Determination>>,
        {
            let determination = $crate::rule!(@determination test, eligible);
            Answer { determination, findings: test.into_findings(), intermediates }
        }
    };
    (@bindings $rule:ident) => {
        #[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all)]
        mod bindings {
            include!(concat!(env!("CARGO_MANIFEST_DIR"), "/wit/bindings.rs"));
            export!($rule with_types_in self);
            use super::$rule;
        }
        #[allow(unused_imports)]
        use bindings::*;
        // Both the bindings and the prelude export these names, and two globs with the same name are ambiguous.
        #[allow(unused_imports)]
        use $crate::{Date, Decimal, Finding};

        struct $rule;
    };
    (@determination $test:ident, $eligible:ident) => {
        match $test.satisfied() {
            Some(true) => $eligible().into().unwrap_or(Determination::Undetermined),
            Some(false) => Determination::Ineligible,
            None => Determination::Undetermined,
        }
    };
}

/// Exports the named type as the privacy rule, by the bindings in `wit/bindings.rs`, which `ordinance build` writes
/// from the rule's WIT.
///
/// It brings into scope the records of the world (`Parameters`, if any) and the trait `Guest` whose `rule_on` is
/// the rule. The types of requests and rulings are in [`privacy`](crate::privacy).
#[macro_export]
macro_rules! privacy_rule {
    ($rule:ident) => {
        #[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all)]
        mod bindings {
            include!(concat!(env!("CARGO_MANIFEST_DIR"), "/wit/bindings.rs"));
            export!($rule with_types_in self);
            use super::$rule;
        }
        #[allow(unused_imports)]
        use bindings::*;
        // Both the bindings and the prelude export these names, and two globs with the same name are ambiguous.
        #[allow(unused_imports)]
        use $crate::privacy::{
            Activity, AgeBand, Consent, DisclosureRequest, Holder, LegalBasis, Obligation, Party, Recipient, RecipientKind,
            RequestedFact, Ruling, Sensitivity, SharingClass, Subject, Verdict,
        };
        #[allow(unused_imports)]
        use $crate::{Date, Decimal};

        struct $rule;
    };
}
