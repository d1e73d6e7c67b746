//! The loader: from the bytes of a component to a compiled rule.

use std::collections::HashMap;
use std::sync::Arc;

use ordinance_domain::manifest::RequestedLimits;
use ordinance_domain::rule_type::RuleType;
use sha2::{Digest, Sha256};
use wasmparser::{Parser, Payload};
use wasmtime::Module;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentFunc;

use crate::cache::CodeCache;
use crate::call_outcome::BRANCHES_EXPORT;
use crate::compiled_rule::{CompiledEligibilityRule, CompiledPrivacyRule, CompiledRule, RuleFunction};
use crate::compiler::{CompileError, Compiler, CompilerConfig};
use crate::component_error::ComponentError;
use crate::core_module::{CoreShape, with_module_export};
use crate::direct::DirectFunction;
use crate::function_names::{DETERMINE, RULE_ON};
use crate::limits::{LimitTooHighError, Limits};
use crate::privacy_type::PrivacyType;
use crate::read_privacy_type::read_rule_on;
use crate::read_type::{read_determine, read_function};
use crate::reuse::ReusableModule;
use crate::sandbox::Sandbox;
use crate::section::{number_ranges, without_manifest};

/// The most functions of all modules of a component. One of the SDK has a few dozen.
const FUNCTIONS_MAX: usize = 10_000;

/// Compiles the rules of one rulebook. It compiles and checks code that several rules share once.
pub struct Loader<'a> {
    sandbox: &'a Sandbox,
    /// Components by the SHA-256 of their code.
    components: HashMap<[u8; 32], Component>,
    eligibility_rules: SharedRules<RuleType>,
    privacy_rules: SharedRules<PrivacyType>,
    /// The worker process, once there is something to compile.
    compiler: Option<Compiler>,
}

type SharedRules<Type> = HashMap<CodeKey, CompiledRule<Type>>;

/// What rules have in common that share everything but their manifest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct CodeKey {
    /// The SHA-256 of the code: the component without its manifest.
    code: [u8; 32],
    /// The limits under which the code was instantiated.
    limits: Limits,
}

/// A component that was compiled and checked but for the type of its function.
struct CompiledFunction {
    func: ComponentFunc,
    function: RuleFunction,
    /// The core module, if the function may be called directly and the component has only one.
    core: Option<(CoreShape, Module)>,
}

impl Sandbox {
    /// A loader for the rules of one rulebook.
    #[must_use]
    pub fn loader(&self) -> Loader<'_> {
        Loader {
            sandbox: self,
            components: HashMap::new(),
            eligibility_rules: HashMap::new(),
            privacy_rules: HashMap::new(),
            compiler: None,
        }
    }

    /// Compiles one eligibility rule by itself; see [`Loader::compile_rule`].
    ///
    /// # Errors
    /// [`ComponentError`] says what is wrong, where, and how to mend it.
    pub fn compile_rule(
        &self,
        bytes: &[u8],
        requested: RequestedLimits,
    ) -> Result<CompiledEligibilityRule, ComponentError> {
        self.loader().compile_rule(bytes, requested)
    }
}

impl Drop for Loader<'_> {
    /// Shrinks the code cache. It does so last, when the code of this rulebook is the code used most recently.
    fn drop(&mut self) {
        if let Some(cache) = &self.sandbox.cache {
            // A cache that can't be tidied takes room and nothing else.
            let _ = cache.prune();
        }
    }
}

impl Loader<'_> {
    /// The largest component that it takes, in bytes.
    #[must_use]
    pub fn component_bytes_max(&self) -> usize {
        self.sandbox.config.component_bytes_max
    }

    /// Checks that the bytes are an eligibility rule, compiles it (or maps its code from the cache) and reads its type.
    ///
    /// # Errors
    /// [`ComponentError`] says what is wrong, where, and how to mend it.
    pub fn compile_rule(
        &mut self,
        bytes: &[u8],
        requested: RequestedLimits,
    ) -> Result<CompiledEligibilityRule, ComponentError> {
        let (code, key) = self.read_code(bytes, requested)?;
        if let Some(shared) = self.eligibility_rules.get(&key) {
            return Ok(shared.clone());
        }
        let CompiledFunction { func, function, core } = self.compile_function(code, key.limits, DETERMINE, "rule")?;
        let mut function_type = read_determine(&func)?;
        number_ranges(code)?.apply(&mut function_type);
        let direct = core.and_then(|(shape, module)| {
            let direct = self.direct_function(&shape, &module, &function_type)?;
            let engine = self.sandbox.reuse_engine.clone();
            let bytes = key.limits.memory_bytes;
            Some(direct.with_reusable(engine.map(|engine| ReusableModule::new(engine, shape.module(code), bytes))))
        });
        let rule = CompiledRule { function_type: Arc::new(function_type), function, direct: direct.map(Arc::new) };
        self.eligibility_rules.insert(key, rule.clone());
        Ok(rule)
    }

    /// The same for a privacy rule.
    ///
    /// # Errors
    /// [`ComponentError`] says what is wrong, where, and how to mend it.
    pub fn compile_privacy_rule(
        &mut self,
        bytes: &[u8],
        requested: RequestedLimits,
    ) -> Result<CompiledPrivacyRule, ComponentError> {
        let (code, key) = self.read_code(bytes, requested)?;
        if let Some(shared) = self.privacy_rules.get(&key) {
            return Ok(shared.clone());
        }
        let compiled = self.compile_function(code, key.limits, RULE_ON, "privacy_rule")?;
        let function_type = Arc::new(read_rule_on(&compiled.func)?);
        let rule = CompiledRule { function_type, function: compiled.function, direct: None };
        self.privacy_rules.insert(key, rule.clone());
        Ok(rule)
    }

    /// What direct calls of an eligibility rule need; `None` if it has to be called through the component runtime.
    fn direct_function(&self, shape: &CoreShape, module: &Module, rule_type: &RuleType) -> Option<DirectFunction> {
        let pre = wasmtime::Linker::new(&self.sandbox.engine).instantiate_pre(module).ok()?;
        DirectFunction::new(module, pre, shape.function(DETERMINE)?, shape.function(BRANCHES_EXPORT), rule_type)
    }

    /// The code of a component, and what it is shared by.
    fn read_code<'b>(
        &self,
        bytes: &'b [u8],
        requested: RequestedLimits,
    ) -> Result<(&'b [u8], CodeKey), ComponentError> {
        let config = &self.sandbox.config;
        let bytes_max = config.component_bytes_max;
        if bytes.len() > bytes_max {
            return Err(ComponentError::TooLarge { bytes: bytes.len(), bytes_max });
        }
        let limits = config
            .limits
            .lowered(requested)
            .map_err(|LimitTooHighError { limit, asked, most }| ComponentError::LimitTooHigh { limit, asked, most })?;
        let code = without_manifest(bytes);
        Ok((code, CodeKey { code: Sha256::digest(code).into(), limits }))
    }

    /// Does everything but reading the type of the function called `name`; `macro_name` is the SDK's macro for it.
    fn compile_function(
        &mut self,
        code: &[u8],
        limits: Limits,
        name: &'static str,
        macro_name: &'static str,
    ) -> Result<CompiledFunction, ComponentError> {
        let Sandbox { engine, config, slots, .. } = self.sandbox;
        if Parser::is_core_wasm(code) {
            return Err(ComponentError::CoreModule);
        }
        let functions = count_functions(code);
        if functions > FUNCTIONS_MAX {
            return Err(ComponentError::TooManyFunctions { functions, most: FUNCTIONS_MAX });
        }
        // The host asks a privacy rule once for all people, so its calls need not be fast.
        let may_call_directly = config.direct_calls && name == DETERMINE;
        let shape = if may_call_directly { CoreShape::read(code) } else { None };
        let component = match &shape {
            Some(_) => self.component_of(&with_module_export(code))?,
            None => self.component_of(code)?,
        };
        let func = read_function(engine, &component, name, macro_name)?;
        let export =
            component.get_export_index(None, name).ok_or(ComponentError::NoFunction { function: name, macro_name })?;
        let (pre, module) = self.sandbox.pre_instantiate(&component, limits)?;
        let function = RuleFunction {
            engine: engine.clone(),
            pre,
            export,
            branches: component.get_export_index(None, BRANCHES_EXPORT),
            limits,
            slots: Arc::clone(slots),
        };
        Ok(CompiledFunction { func, function, core: shape.zip(module) })
    }

    /// The component of this code: one that this loader has already, or a newly compiled one.
    fn component_of(&mut self, code: &[u8]) -> Result<Component, ComponentError> {
        let digest = Sha256::digest(code).into();
        if let Some(component) = self.components.get(&digest) {
            return Ok(component.clone());
        }
        let component = match (&self.sandbox.config.compiler, &self.sandbox.cache) {
            (Some(config), Some(cache)) => self.compile_in_worker(config, cache, code)?,
            (Some(_), None) | (None, _) => self.sandbox.compile_here(code)?,
        };
        self.components.insert(digest, component.clone());
        Ok(component)
    }

    /// Lets the worker process compile, into the code cache too. A new worker replaces one that failed.
    fn compile_in_worker(
        &mut self,
        config: &CompilerConfig,
        cache: &CodeCache,
        code: &[u8],
    ) -> Result<Component, ComponentError> {
        if let Some(component) = self.sandbox.cached(code) {
            return Ok(component);
        }
        match self.try_worker(config, cache, code) {
            // The system may have killed the worker for want of memory that is free again.
            Err(ComponentError::CompilerDied) => self.try_worker(config, cache, code),
            result => result,
        }
    }

    fn try_worker(
        &mut self,
        config: &CompilerConfig,
        cache: &CodeCache,
        code: &[u8],
    ) -> Result<Component, ComponentError> {
        let mut compiler = match self.compiler.take() {
            Some(compiler) => compiler,
            None => Compiler::start(config, cache.folder()).map_err(|error| ComponentError::NotCompiled {
                reason: format!("the compiler can't be started: {error}"),
            })?,
        };
        match compiler.compile(code, config.time_ms) {
            Err(CompileError::TimedOut) => Err(ComponentError::NotCompiled {
                reason: format!("the compiler was not done after {} ms and was killed", config.time_ms),
            }),
            Err(CompileError::WorkerDied) => Err(ComponentError::CompilerDied),
            Err(CompileError::Rejected(error)) => {
                self.compiler = Some(compiler);
                Err(error)
            }
            Ok(compiled) => {
                self.compiler = Some(compiler);
                self.sandbox.take_compiled(code, &compiled)
            }
        }
    }
}

/// How many functions the modules of a component declare.
fn count_functions(bytes: &[u8]) -> usize {
    let mut count = 0_usize;
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        if let Payload::FunctionSection(functions) = payload {
            count = count.saturating_add(usize::try_from(functions.count()).unwrap_or(usize::MAX));
        }
    }
    count
}
