//! The loader in a browser: a component whose type the page tells is a rule.

use std::sync::Arc;

use ordinance_domain::digest::Digest as FileDigest;
use ordinance_domain::manifest::RequestedLimits;
use sha2::{Digest, Sha256};

use super::shape::Shape;
use crate::compiled_rule::{CompiledEligibilityRule, CompiledPrivacyRule, CompiledRule, RuleFunction};
use crate::component_error::ComponentError;
use crate::limits::{LimitTooHighError, Limits};
use crate::sandbox::Sandbox;
use crate::section::{number_ranges, without_manifest};
use crate::type_json::read::{read_privacy_type, read_rule_type};

/// The largest component, in bytes: the default of a host.
const COMPONENT_BYTES_MAX: usize = 4 << 20;

/// Takes the rules of one rulebook.
pub struct Loader<'a> {
    sandbox: &'a Sandbox,
}

impl Sandbox {
    /// A loader for the rules of one rulebook.
    #[must_use]
    pub fn loader(&self) -> Loader<'_> {
        Loader { sandbox: self }
    }
}

impl Loader<'_> {
    /// The largest component that it takes, in bytes.
    #[must_use]
    pub fn component_bytes_max(&self) -> usize {
        COMPONENT_BYTES_MAX
    }

    /// An eligibility rule that the page has.
    ///
    /// # Errors
    /// [`ComponentError`] if the page doesn't tell its type, or tells none of a rule.
    pub fn compile_rule(
        &mut self,
        bytes: &[u8],
        requested: RequestedLimits,
    ) -> Result<CompiledEligibilityRule, ComponentError> {
        let (digest, limits) = (digest_of(bytes), limits_of(requested)?);
        let mut function_type =
            self.sandbox.types.get(&digest).and_then(|text| read_rule_type(text)).ok_or_else(no_type)?;
        number_ranges(without_manifest(bytes))?.apply(&mut function_type);
        let result = Shape::answer(&function_type);
        let function = RuleFunction { digest, call_rule: self.sandbox.call_rule, result, limits };
        Ok(CompiledRule { function, function_type: Arc::new(function_type) })
    }

    /// The same for a privacy rule.
    ///
    /// # Errors
    /// [`ComponentError`] if the page doesn't tell its type, or tells none of a privacy rule.
    pub fn compile_privacy_rule(
        &mut self,
        bytes: &[u8],
        requested: RequestedLimits,
    ) -> Result<CompiledPrivacyRule, ComponentError> {
        let (digest, limits) = (digest_of(bytes), limits_of(requested)?);
        let function_type =
            self.sandbox.types.get(&digest).and_then(|text| read_privacy_type(text)).ok_or_else(no_type)?;
        let function = RuleFunction { digest, call_rule: self.sandbox.call_rule, result: Shape::rulings(), limits };
        Ok(CompiledRule { function, function_type: Arc::new(function_type) })
    }
}

fn digest_of(bytes: &[u8]) -> String {
    FileDigest::new(Sha256::digest(bytes).into()).hex()
}

fn limits_of(requested: RequestedLimits) -> Result<Limits, ComponentError> {
    let lowered = Limits::default().lowered(requested);
    lowered.map_err(|LimitTooHighError { limit, asked, most }| ComponentError::LimitTooHigh { limit, asked, most })
}

fn no_type() -> ComponentError {
    ComponentError::Invalid { reason: "the page doesn't tell its type".to_owned() }
}
