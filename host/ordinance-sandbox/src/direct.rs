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

use ordinance_domain::answer::{Answer, RuleError};
use ordinance_domain::rule_type::RuleType;
use wasmtime::{Func, Instance, InstancePre, Module, ModuleExport, Store, Val, ValType};

pub(crate) use self::guest::GuestError;

use self::guest::Guest;
use self::lift::AnswerLayout;
use self::lower::ArgumentsLayout;
use crate::abi::FlatType;
use crate::arguments::Arguments;
use crate::core_module::LiftedFunction;
use crate::memory_account::MemoryAccount;

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
        })
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
        let mut guest = Guest::new(store, instance, &self.memory, self.realloc.as_ref())?;
        let lowered = self.arguments.lower(&mut guest, arguments)?;
        let function = guest.function(&self.function)?;
        let mut results = [Val::I32(0)];
        function.call(&mut *guest.store, lowered.as_slice(), &mut results)?;
        let [Val::I32(address)] = results else { return Err(GuestError::Unreadable) };
        let answer = self.answer.lift(guest.bytes(), address.cast_unsigned(), output_bytes)?;
        if let Some(post_return) = &self.post_return {
            guest.function(post_return)?.call(&mut *guest.store, &[Val::I32(address)], &mut [])?;
        }
        Ok((instance, answer))
    }

    /// The function that gives the branch bits, in an instance after its call.
    pub(crate) fn branch_bits(&self, store: &mut Store<MemoryAccount>, instance: Instance) -> Option<Func> {
        instance.get_module_export(store, self.branches.as_ref()?)?.into_func()
    }
}

fn flat_type(found: &ValType) -> Option<FlatType> {
    match found {
        ValType::I32 => Some(FlatType::I32),
        ValType::I64 => Some(FlatType::I64),
        ValType::F32 | ValType::F64 | ValType::V128 | ValType::Ref(_) => None,
    }
}
