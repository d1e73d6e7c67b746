//! A compiled rule: the component, its one function and its limits, ready to be instantiated.

use std::sync::Arc;

use ordinance_domain::rule_type::RuleType;
use wasmtime::Engine;
use wasmtime::component::{ComponentExportIndex, InstancePre};

use crate::direct::DirectFunction;
use crate::limits::Limits;
use crate::memory_account::MemoryAccount;
use crate::privacy_type::PrivacyType;
use crate::slots::Slots;

/// A compiled component whose function has the type `Type`. Only [`Loader`](crate::Loader) and
/// [`Sandbox`](crate::Sandbox) make it; a clone shares the code and the type.
pub struct CompiledRule<Type> {
    pub(crate) function: RuleFunction,
    pub(crate) function_type: Arc<Type>,
    /// `None` if the rule is called through the component runtime.
    pub(crate) direct: Option<Arc<DirectFunction>>,
}

// A derived implementation would ask for a type that can be cloned.
impl<Type> Clone for CompiledRule<Type> {
    fn clone(&self) -> Self {
        Self {
            function: self.function.clone(),
            function_type: Arc::clone(&self.function_type),
            direct: self.direct.clone(),
        }
    }
}

pub type CompiledEligibilityRule = CompiledRule<RuleType>;

pub type CompiledPrivacyRule = CompiledRule<PrivacyType>;

/// The one function of a component that the host calls, and what a call of it needs.
#[derive(Clone)]
pub(crate) struct RuleFunction {
    pub(crate) engine: Engine,
    pub(crate) pre: InstancePre<MemoryAccount>,
    pub(crate) export: ComponentExportIndex,
    /// The export that gives the branch bits; `None` if the component doesn't count branches.
    pub(crate) branches: Option<ComponentExportIndex>,
    pub(crate) limits: Limits,
    pub(crate) slots: Arc<Slots>,
}

impl<Type> CompiledRule<Type> {
    /// The limits of each call: the host's, or the lower ones that the rule requests.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.function.limits
    }

    /// Whether the host calls the rule's core module itself; else it calls through the component runtime.
    #[must_use]
    pub fn has_direct_calls(&self) -> bool {
        self.direct.is_some()
    }
}
