//! The sandbox: one engine with its settings, and the way from bytes to a checked rule.

use std::collections::HashMap;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;

use ordinance_domain::manifest::RequestedLimits;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use wasmparser::{Parser, Payload, Validator};
use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use crate::cache::{CacheError, CodeCache};
use crate::call::{BRANCHES_EXPORT, CompiledRule};
use crate::compiler::{CompileError, Compiler, CompilerConfig};
use crate::component_error::ComponentError;
use crate::function_names::{DETERMINE, RULE_ON};
use crate::limits::{LimitTooHighError, Limits, MemoryAccount};
use crate::privacy_type::read_rule_on;
use crate::read_type::{read_determine, read_function};
use crate::rule_on::CompiledPrivacyRule;
use crate::run::{Compiled, Runnable, fresh_store};
use crate::section::without_manifest;
use crate::slots::{RuleUsage, Slots};
use crate::ticker;

/// The settings of a sandbox.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// The limits of each call; a rule may ask for less.
    pub limits: Limits,
    /// The largest component, in bytes.
    pub component_bytes_max: usize,
    /// How many rules may run at one time; further callers wait.
    pub slots: u32,
    /// Where compiled code is kept; none keeps none.
    pub code_cache: Option<PathBuf>,
    /// How much compiled code is kept there, in bytes; what was used longest ago goes first.
    pub code_cache_bytes_max: u64,
    /// Whether the folders above that are trusted, whoever may write to them.
    pub trusts_cache_parents: bool,
    /// A process of its own that compiles; none compiles in this one.
    pub compiler: Option<CompilerConfig>,
    /// Whether a trap says where in the code it came about: for who studies a rule; it costs time.
    pub tells_where: bool,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            component_bytes_max: 1 << 20,
            slots: 64,
            code_cache: None,
            code_cache_bytes_max: 1 << 30,
            trusts_cache_parents: false,
            compiler: None,
            tells_where: false,
        }
    }
}

/// A sandbox that can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The runtime refuses the settings.
    #[error("the sandbox can't be set up: {0}")]
    Engine(String),
    /// The thread that keeps deadlines can't be started.
    #[error("the deadline thread can't be started")]
    Ticker(#[source] std::io::Error),
    /// There is no place for what another process compiles.
    #[error("there is no folder for compiled code")]
    NoFolder(#[source] std::io::Error),
    /// The code cache can't be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// One engine for all rules of a process.
pub struct Sandbox {
    engine: Engine,
    config: SandboxConfig,
    cache: Option<CodeCache>,
    /// The cache of who wants none but has another process compile.
    _passing: Option<TempDir>,
    slots: Arc<Slots>,
}

/// Memories, tables and instances that one component may have. A component of the SDK has one of each.
const PARTS_MAX: u32 = 4;
const STACK_BYTES_MAX: usize = 256 << 10;
/// Memory of a slot that is cleared by hand between calls, which is faster than giving it back to the system.
const KEEP_RESIDENT_BYTES: usize = 128 << 10;

impl Sandbox {
    /// Sets up the engine and starts its deadline thread, which ends with the sandbox.
    ///
    /// # Errors
    /// [`SandboxError`] if the runtime, the thread or the code cache can't be used.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let engine =
            Engine::new(&engine_config(&config)).map_err(|error| SandboxError::Engine(format!("{error:#}")))?;
        ticker::start(&engine).map_err(SandboxError::Ticker)?;
        let passing = match (&config.code_cache, &config.compiler) {
            (None, Some(_)) => Some(TempDir::new().map_err(SandboxError::NoFolder)?),
            (Some(_), _) | (None, None) => None,
        };
        let folder = config.code_cache.as_deref().or_else(|| passing.as_ref().map(TempDir::path));
        let (trusts, bytes_max) = (config.trusts_cache_parents, config.code_cache_bytes_max);
        let cache = folder.map(|folder| CodeCache::open(folder, &engine, trusts, bytes_max)).transpose()?;
        let slots = Arc::new(Slots::new(config.slots));
        Ok(Self { engine, config, cache, _passing: passing, slots })
    }

    /// Checks one component by itself; see [`Loader::check`].
    ///
    /// # Errors
    /// [`ComponentError`] says what is wrong, where, and how to mend it.
    pub fn check(&self, bytes: &[u8], requested: RequestedLimits) -> Result<CompiledRule, ComponentError> {
        self.loader().check(bytes, requested)
    }

    /// Begins to check the rules of one rulebook.
    #[must_use]
    pub fn loader(&self) -> Loader<'_> {
        Loader { sandbox: self, compiled: HashMap::new(), compiler: None }
    }

    /// What the calls of all rules have used, and use now.
    #[must_use]
    pub fn used(&self) -> RuleUsage {
        self.slots.used()
    }

    fn cached(&self, code: &[u8]) -> Option<Component> {
        self.cache.as_ref().and_then(|cache| cache.load(&self.engine, code))
    }

    /// Compiles in this process, or takes it from the code cache.
    pub(crate) fn compile_here(&self, code: &[u8]) -> Result<Component, ComponentError> {
        if let Some(component) = self.cached(code) {
            return Ok(component);
        }
        let component = Component::from_binary(&self.engine, code).map_err(|error| why_not(code, &error))?;
        if let Some(cache) = &self.cache {
            // A cache that can't be written costs time at the next start and nothing else.
            let _ = cache.store(code, &component);
        }
        Ok(component)
    }

    /// Resolves the imports, of which only types are left, and instantiates once to see that it can be done.
    fn prepare(&self, component: &Component, limits: Limits) -> Result<InstancePre<MemoryAccount>, ComponentError> {
        let refused = |error: wasmtime::Error| ComponentError::Instantiation { reason: format!("{error:#}") };
        let pre = Linker::new(&self.engine).instantiate_pre(component).map_err(refused)?;
        let _slot = self.slots.take();
        pre.instantiate(fresh_store(&self.engine, limits)).map_err(refused)?;
        Ok(pre)
    }
}

/// Checks the rules of one rulebook; code that several rules share is compiled once.
pub struct Loader<'a> {
    sandbox: &'a Sandbox,
    compiled: HashMap<[u8; 32], Component>,
    /// The process that compiles, once there is something to compile.
    compiler: Option<Compiler>,
}

impl Drop for Loader<'_> {
    /// Code of earlier rulebooks goes only when this one's has just been used.
    fn drop(&mut self) {
        if let Some(cache) = &self.sandbox.cache {
            // A cache that can't be tidied takes room and nothing else.
            let _ = cache.prune();
        }
    }
}

impl Loader<'_> {
    /// Checks that the bytes are an eligibility rule, compiles it (or maps it from the code cache) and reads its type.
    ///
    /// # Errors
    /// [`ComponentError`] says what is wrong, where, and how to mend it.
    pub fn check(&mut self, bytes: &[u8], requested: RequestedLimits) -> Result<CompiledRule, ComponentError> {
        let (func, runnable) = self.prepare(bytes, requested, DETERMINE, "rule")?;
        Ok(Compiled { checked_type: read_determine(&func)?, runnable })
    }

    /// The same for a privacy rule.
    ///
    /// # Errors
    /// [`ComponentError`] says what is wrong, where, and how to mend it.
    pub fn check_privacy(
        &mut self,
        bytes: &[u8],
        requested: RequestedLimits,
    ) -> Result<CompiledPrivacyRule, ComponentError> {
        let (func, runnable) = self.prepare(bytes, requested, RULE_ON, "privacy_rule")?;
        Ok(Compiled { checked_type: read_rule_on(&func)?, runnable })
    }

    /// Everything but the type of the function.
    fn prepare(
        &mut self,
        bytes: &[u8],
        requested: RequestedLimits,
        function: &'static str,
        macro_name: &'static str,
    ) -> Result<(ComponentFunc, Runnable), ComponentError> {
        let Sandbox { engine, config, slots, .. } = self.sandbox;
        let bytes_max = config.component_bytes_max;
        if bytes.len() > bytes_max {
            return Err(ComponentError::TooLarge { bytes: bytes.len(), bytes_max });
        }
        let limits = config
            .limits
            .lowered(requested)
            .map_err(|LimitTooHighError { limit, asked, most }| ComponentError::LimitTooHigh { limit, asked, most })?;
        if Parser::is_core_wasm(bytes) {
            return Err(ComponentError::CoreModule);
        }
        let functions = functions_in(bytes);
        if functions > FUNCTIONS_MAX {
            return Err(ComponentError::TooManyFunctions { functions, most: FUNCTIONS_MAX });
        }
        let component = self.compile(without_manifest(bytes))?;
        let func = read_function(engine, &component, function, macro_name)?;
        let export =
            component.get_export_index(None, function).ok_or(ComponentError::NoFunction { function, macro_name })?;
        let branches = component.get_export_index(None, BRANCHES_EXPORT);
        let pre = self.sandbox.prepare(&component, limits)?;
        let (engine, slots) = (engine.clone(), Arc::clone(slots));
        Ok((func, Runnable { engine, pre, function: export, branches, limits, slots }))
    }

    fn compile(&mut self, code: &[u8]) -> Result<Component, ComponentError> {
        let digest = Sha256::digest(code).into();
        if let Some(component) = self.compiled.get(&digest) {
            return Ok(component.clone());
        }
        let component = match (&self.sandbox.config.compiler, &self.sandbox.cache) {
            (Some(config), Some(cache)) => self.compile_elsewhere(config, cache, code)?,
            (Some(_), None) | (None, _) => self.sandbox.compile_here(code)?,
        };
        self.compiled.insert(digest, component.clone());
        Ok(component)
    }

    /// Has another process compile into the code cache; one that fails is replaced for the next component.
    fn compile_elsewhere(
        &mut self,
        config: &CompilerConfig,
        cache: &CodeCache,
        code: &[u8],
    ) -> Result<Component, ComponentError> {
        if let Some(component) = self.sandbox.cached(code) {
            return Ok(component);
        }
        match self.compile_once(config, cache, code) {
            // It may have been killed from outside, for want of memory that is there again.
            Err(ComponentError::CompilerDied) => self.compile_once(config, cache, code),
            other => other,
        }
    }

    fn compile_once(
        &mut self,
        config: &CompilerConfig,
        cache: &CodeCache,
        code: &[u8],
    ) -> Result<Component, ComponentError> {
        let given_up = |reason: String| ComponentError::NotCompiled { reason };
        let mut compiler = match self.compiler.take() {
            Some(compiler) => compiler,
            None => Compiler::start(config, cache.folder())
                .map_err(|error| given_up(format!("the compiler can't be started: {error}")))?,
        };
        match compiler.compile(code, config.time_ms) {
            Err(CompileError::TooSlow) => {
                Err(given_up(format!("the compiler was not done after {} ms and was killed", config.time_ms)))
            }
            Err(CompileError::Died) => Err(ComponentError::CompilerDied),
            Err(CompileError::Rejected(refusal)) => {
                self.compiler = Some(compiler);
                Err(refusal)
            }
            Ok(()) => {
                self.compiler = Some(compiler);
                self.sandbox.cached(code).ok_or_else(|| given_up("the code cache can't be written".to_owned()))
            }
        }
    }
}

/// Tells bytes that are no component from a component that asks for more than the pool gives.
fn why_not(bytes: &[u8], error: &wasmtime::Error) -> ComponentError {
    let reason = format!("{error:#}");
    match Validator::new().validate_all(bytes) {
        Ok(_) => ComponentError::Instantiation { reason },
        Err(_) => ComponentError::Invalid { reason },
    }
}

/// The most functions of all modules of a component. One of the SDK has a few dozen.
const FUNCTIONS_MAX: usize = 10_000;

/// How many functions the modules of a component say that they have.
fn functions_in(bytes: &[u8]) -> usize {
    let payloads = Parser::new(0).parse_all(bytes).map_while(Result::ok);
    let counts = payloads.map(|payload| match payload {
        Payload::FunctionSection(functions) => usize::try_from(functions.count()).unwrap_or(usize::MAX),
        _ => 0,
    });
    counts.fold(0, usize::saturating_add)
}

/// How many calls within each other a trap tells.
const FRAMES_MAX: usize = 32;

fn engine_config(sandbox: &SandboxConfig) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    let parts = sandbox.slots.saturating_mul(PARTS_MAX);
    pool.total_component_instances(sandbox.slots)
        .total_core_instances(parts)
        .total_memories(parts)
        .total_tables(parts)
        .max_core_instances_per_component(PARTS_MAX)
        .max_memories_per_component(PARTS_MAX)
        .max_tables_per_component(PARTS_MAX)
        .max_memory_size(sandbox.limits.memory_bytes)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(4 << 10)
        .pagemap_scan(Enabled::No);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES_MAX)
        .wasm_component_model(true)
        .wasm_relaxed_simd(false)
        .wasm_backtrace_max_frames(if sandbox.tells_where { NonZero::new(FRAMES_MAX) } else { None });
    config
}
