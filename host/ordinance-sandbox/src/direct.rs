//! Direct calls: the host calls the core module of a component itself, and lowers and lifts by the canonical ABI with
//! offsets that were computed at load.
//!
//! The component runtime makes a text for the name of every field of every record, each way; a direct call reads and
//! writes the instance's memory. Everything else is the same: a fresh instance in a fresh store of the same pool, the
//! same fuel, deadline and memory limit, and the same checks of what the rule returns. Where an answer breaks the
//! canonical ABI, the caller runs the rule again through the component runtime, which says how.

mod guest;
mod lift;
mod lower;

use std::sync::Arc;

use ordinance_domain::answer::{Answer, RuleError};
use ordinance_domain::name::Id;
use ordinance_domain::rule_type::RuleType;
use wasmtime::{Extern, Func, Instance, InstancePre, Module, ModuleExport, Store, Val, ValType};

pub(crate) use self::guest::{Guest, GuestError, PendingWrites, Realloc, ReallocFunction};
pub(crate) use self::lower::LoweredConstants;

use self::lift::AnswerLayout;
use self::lower::{ArgumentsLayout, FlatValues};
use crate::abi::FlatType;
use crate::arguments::Arguments;
use crate::core_module::LiftedFunction;
use crate::memory_account::MemoryAccount;
use crate::reuse::ReusableModule;

/// A function of a core module with all that a direct call of it needs.
#[derive(Clone)]
pub(crate) struct DirectFunction {
    pre: InstancePre<MemoryAccount>,
    function: ModuleExport,
    memory: ModuleExport,
    realloc: Option<ModuleExport>,
    post_return: Option<ModuleExport>,
    /// The function that gives the branch bits.
    branches: Option<ModuleExport>,
    arguments: ArgumentsLayout,
    answer: AnswerLayout,
    /// The names of the exports.
    names: LiftedFunction,
    /// The core module, if instances of it may be reused.
    reusable: Option<Arc<ReusableModule>>,
}

impl DirectFunction {
    /// Prepares direct calls of an eligibility rule's function; `None` if the module lacks something that they need.
    pub(crate) fn new(
        module: &Module,
        pre: InstancePre<MemoryAccount>,
        lifted: &LiftedFunction,
        branches: Option<&LiftedFunction>,
        rule_type: &RuleType,
    ) -> Option<Self> {
        let export = |name: &String| module.get_export_index(name);
        let arguments = ArgumentsLayout::new(rule_type);
        let realloc = lifted.realloc.as_ref().and_then(export);
        if realloc.is_none() && arguments.needs_realloc() {
            return None;
        }
        let function_type = module.get_export(&lifted.function)?;
        let function_type = function_type.func()?;
        let has_parameters = function_type.params().map(|flat| flat_type(&flat)).eq(arguments.flat().map(Some));
        let has_result = function_type.results().map(|flat| flat_type(&flat)).eq([Some(FlatType::I32)]);
        if !has_parameters || !has_result {
            return None;
        }
        Some(Self {
            pre,
            function: export(&lifted.function)?,
            memory: export(lifted.memory.as_ref()?)?,
            realloc,
            post_return: lifted.post_return.as_ref().and_then(export),
            branches: branches.and_then(|branches| export(&branches.function)),
            arguments,
            answer: AnswerLayout::new(rule_type),
            names: lifted.clone(),
            reusable: None,
        })
    }

    /// The same, with the core module that may be reused.
    pub(crate) fn with_reusable(self, reusable: Option<Arc<ReusableModule>>) -> Self {
        Self { reusable, ..self }
    }

    pub(crate) fn reusable(&self) -> Option<&ReusableModule> {
        self.reusable.as_deref()
    }

    /// The names of the exports.
    pub(crate) fn names(&self) -> &LiftedFunction {
        &self.names
    }

    /// Lowers the arguments that don't depend on the person into an instance.
    pub(crate) fn lower_constants(
        &self,
        guest: &mut Guest<'_>,
        arguments: &Arguments<'_>,
    ) -> Result<LoweredConstants, GuestError> {
        self.arguments.lower_constants(guest, arguments)
    }

    /// Lowers the arguments that depend on the person, after those that don't.
    pub(crate) fn lower_person(
        &self,
        guest: &mut Guest<'_>,
        arguments: &Arguments<'_>,
        constants: &LoweredConstants,
    ) -> Result<FlatValues, GuestError> {
        self.arguments.lower_person(guest, arguments, constants)
    }

    /// Lifts the answer at an address of an instance's memory. The inner error is what its type can't express. `known`
    /// are ids that were read before.
    pub(crate) fn lift(
        &self,
        memory: &[u8],
        address: i32,
        output_bytes: usize,
        known: &mut Vec<Id>,
    ) -> Result<Result<Answer, RuleError>, GuestError> {
        self.answer.lift(memory, address.cast_unsigned(), output_bytes, known)
    }

    /// Calls the function in a fresh instance in this store. The inner error is what a type can't express, such as a
    /// day that doesn't exist.
    pub(crate) fn call(
        &self,
        store: &mut Store<MemoryAccount>,
        arguments: &Arguments<'_>,
        output_bytes: usize,
    ) -> Result<(Instance, Result<Answer, RuleError>), GuestError> {
        let instance = self.pre.instantiate(&mut *store)?;
        let memory = instance.get_module_export(&mut *store, &self.memory).and_then(Extern::into_memory);
        let memory = memory.ok_or(GuestError::Unreadable)?;
        let realloc = self.realloc.as_ref().map_or(Realloc::None, |export| Realloc::Export(instance, export));
        let mut writes = PendingWrites::default();
        let mut guest = Guest::of_parts(store, memory, realloc, &mut writes);
        let constants = self.lower_constants(&mut guest, arguments)?;
        let lowered = self.lower_person(&mut guest, arguments, &constants)?;
        let function = exported_function(store, instance, &self.function)?;
        let mut results = [Val::I32(0)];
        function.call(&mut *store, lowered.as_slice(), &mut results)?;
        let [Val::I32(address)] = results else { return Err(GuestError::Unreadable) };
        let answer = self.lift(memory.data(&*store), address, output_bytes, &mut Vec::new())?;
        if let Some(post_return) = &self.post_return {
            let post_return = exported_function(store, instance, post_return)?;
            post_return.call(&mut *store, &[Val::I32(address)], &mut [])?;
        }
        Ok((instance, answer))
    }

    /// The function that gives the branch bits, in an instance after its call.
    pub(crate) fn branch_bits(&self, store: &mut Store<MemoryAccount>, instance: Instance) -> Option<Func> {
        instance.get_module_export(store, self.branches.as_ref()?)?.into_func()
    }
}

/// A function of an instance by its export, which was found in the module before.
fn exported_function(
    store: &mut Store<MemoryAccount>,
    instance: Instance,
    export: &ModuleExport,
) -> Result<Func, GuestError> {
    let found = instance.get_module_export(&mut *store, export).and_then(Extern::into_func);
    found.ok_or(GuestError::Unreadable)
}

fn flat_type(found: &ValType) -> Option<FlatType> {
    match found {
        ValType::I32 => Some(FlatType::I32),
        ValType::I64 => Some(FlatType::I64),
        ValType::F32 | ValType::F64 | ValType::V128 | ValType::Ref(_) => None,
    }
}
