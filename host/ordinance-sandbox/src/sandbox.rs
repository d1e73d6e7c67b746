//! The sandbox: one engine with its settings, its code cache and its slots.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;
use wasmparser::Validator;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Config, Engine, Module};

use crate::cache::{CacheError, CodeCache};
use crate::compiler::CompilerConfig;
use crate::component_error::ComponentError;
use crate::core_module::MODULE_EXPORT;
use crate::engine_config::{engine_config, reuse_config};
use crate::instance::new_store;
use crate::limits::Limits;
use crate::memory_account::MemoryAccount;
use crate::open_files::raise_open_files;
use crate::reuse::ReuseEngine;
use crate::slots::{RuleUsage, Slots};
use crate::ticker;

/// The settings of a sandbox.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// The limits of each call; a rule may request lower ones.
    pub limits: Limits,
    /// The largest component, in bytes.
    pub component_bytes_max: usize,
    /// How many rules may run side by side; further callers wait.
    pub slots: u32,
    /// The folder of the code cache; `None` keeps no code.
    pub code_cache: Option<PathBuf>,
    /// The largest code cache, in bytes; the sandbox removes the code that was unused for longest.
    pub code_cache_bytes_max: u64,
    /// Whether to trust the folders above the code cache without a check of their permissions.
    pub trusts_cache_parents: bool,
    /// A worker process that compiles; `None` compiles in this process.
    pub compiler: Option<CompilerConfig>,
    /// Whether to record a WebAssembly backtrace on traps. For studies of a rule; slower.
    pub trap_backtrace: bool,
    /// Whether to call the core module of an eligibility rule directly where its component has only one. Both ways
    /// give the same outcomes; this one is faster.
    pub direct_calls: bool,
    /// Whether simulations may reuse instances: the sandbox then keeps the code of rules, which a host for many rules
    /// has no memory for.
    pub reuses_instances: bool,
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
            trap_backtrace: false,
            direct_calls: true,
            reuses_instances: false,
        }
    }
}

/// Why a sandbox can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The runtime refuses the settings.
    #[error("the sandbox can't be set up: {0}")]
    Engine(String),
    /// The system can't start the thread that keeps deadlines.
    #[error("the deadline thread can't be started")]
    Ticker(#[source] std::io::Error),
    /// The system has no folder for the code that a worker process compiles.
    #[error("there is no folder for compiled code")]
    NoFolder(#[source] std::io::Error),
    /// The code cache can't be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// One engine for all rules of a process. [`Sandbox::loader`] compiles rules for it.
pub struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) config: SandboxConfig,
    pub(crate) cache: Option<CodeCache>,
    pub(crate) slots: Arc<Slots>,
    /// The engine of instances that are reused, if they may be.
    pub(crate) reuse_engine: Option<ReuseEngine>,
    /// Whether the code cache couldn't keep some code.
    has_unkept_code: AtomicBool,
    /// Code goes from the worker process to this one through a code cache, if that can be written. This is its folder
    /// where the settings name none.
    _temporary_cache: Option<TempDir>,
}

impl Sandbox {
    /// Sets up the engine and starts its deadline thread, which ends with the sandbox. It raises the process's limit on
    /// open files to what the system allows, since mapped code keeps files open.
    ///
    /// # Errors
    /// [`SandboxError`] if the runtime, the thread or the code cache can't be used.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let engine_config = engine_config(config.slots, config.limits, config.trap_backtrace);
        let engine = start_engine(&engine_config)?;
        let reuse_engine =
            config.reuses_instances.then(|| start_engine(&reuse_config()).map(ReuseEngine::new)).transpose()?;
        let temporary_cache = match (&config.code_cache, &config.compiler) {
            (None, Some(_)) => Some(TempDir::new().map_err(SandboxError::NoFolder)?),
            (Some(_), _) | (None, None) => None,
        };
        let open_files_max = raise_open_files();
        let cache = match config.code_cache.as_deref().or_else(|| temporary_cache.as_ref().map(TempDir::path)) {
            Some(folder) => {
                let (trusts_parents, bytes_max) = (config.trusts_cache_parents, config.code_cache_bytes_max);
                Some(CodeCache::open(folder, &engine, trusts_parents, bytes_max, open_files_max)?)
            }
            None => None,
        };
        let slots = Arc::new(Slots::new(config.slots));
        let has_unkept_code = AtomicBool::new(false);
        Ok(Self { engine, config, cache, slots, reuse_engine, has_unkept_code, _temporary_cache: temporary_cache })
    }

    /// What the calls of all rules use now, and have used.
    #[must_use]
    pub fn usage(&self) -> RuleUsage {
        self.slots.usage()
    }

    /// The compiled component of these bytes, if the code cache has it.
    pub(crate) fn cached(&self, code: &[u8]) -> Option<Component> {
        self.cache.as_ref().and_then(|cache| cache.load(&self.engine, code))
    }

    /// What the worker process compiled: mapped from the code cache, or, if that couldn't keep it, copied.
    pub(crate) fn take_compiled(&self, code: &[u8], compiled: &[u8]) -> Result<Component, ComponentError> {
        if let Some(component) = self.cached(code) {
            return Ok(component);
        }
        self.has_unkept_code.store(true, Ordering::Relaxed);
        CodeCache::read_compiled(&self.engine, compiled)
            .map_err(|error| ComponentError::NotCompiled { reason: format!("its code can't be used: {error:#}") })
    }

    /// Whether the code cache of the settings couldn't keep some code, so that the next start compiles it anew.
    #[must_use]
    pub fn has_unkept_code(&self) -> bool {
        self.config.code_cache.is_some() && self.has_unkept_code.load(Ordering::Relaxed)
    }

    /// Compiles in this process, or takes the code from the cache.
    pub(crate) fn compile_here(&self, code: &[u8]) -> Result<Component, ComponentError> {
        if let Some(component) = self.cached(code) {
            return Ok(component);
        }
        let component = Component::from_binary(&self.engine, code).map_err(|error| compile_error(code, &error))?;
        if let Some(cache) = &self.cache
            && cache.store(code, &component).is_err()
        {
            // A cache that can't be written costs time at the next start and nothing else.
            self.has_unkept_code.store(true, Ordering::Relaxed);
        }
        Ok(component)
    }

    /// Resolves the imports, which are types only, and instantiates once to see that it can be done. Returns the core
    /// module too, if the component exports it.
    pub(crate) fn pre_instantiate(
        &self,
        component: &Component,
        limits: Limits,
    ) -> Result<(InstancePre<MemoryAccount>, Option<Module>), ComponentError> {
        let pre = Linker::new(&self.engine).instantiate_pre(component).map_err(|error| instantiation_error(&error))?;
        let _slot = self.slots.take();
        let mut store = new_store(&self.engine, limits);
        let instance = pre.instantiate(&mut store).map_err(|error| instantiation_error(&error))?;
        let export = component.get_export_index(None, MODULE_EXPORT);
        Ok((pre, export.and_then(|export| instance.get_module(&mut store, export))))
    }
}

/// An engine with its deadline thread.
fn start_engine(config: &Config) -> Result<Engine, SandboxError> {
    let engine = Engine::new(config).map_err(|error| SandboxError::Engine(format!("{error:#}")))?;
    ticker::start(&engine).map_err(SandboxError::Ticker)?;
    Ok(engine)
}

fn instantiation_error(error: &wasmtime::Error) -> ComponentError {
    ComponentError::Instantiation { reason: format!("{error:#}") }
}

/// Tells bytes that are no component from a component that needs more than the pool gives.
fn compile_error(code: &[u8], error: &wasmtime::Error) -> ComponentError {
    let reason = format!("{error:#}");
    match Validator::new().validate_all(code) {
        Ok(_) => ComponentError::Instantiation { reason },
        Err(_) => ComponentError::Invalid { reason },
    }
}
