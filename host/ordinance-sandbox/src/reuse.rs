//! Reuse of one instance for many people, in simulations alone.
//!
//! A fresh instance costs several times what a small rule computes. In a simulation, whose answers bind nobody, one
//! instance may serve many people if all that a rule can write is as it was before each call. The host rewrites the
//! rule's core module so that the module itself marks what it writes ([`rewrite`]), and restores that before the next
//! call, in `reused_instance.rs`. What the marks don't cover (a memory that grew, a table or a segment that changed, a
//! trap) ends the instance, and the call counts as not made: the caller makes it in a fresh instance, in the ordinary
//! way.
//!
//! A rule can't tell where it runs: the rewritten module computes the same, and its marks lie in a memory that no
//! instruction of the rule can name. It uses more fuel, so a call that runs out of it counts as not made too.

mod rewrite;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use wasmtime::{Engine, Module};

use self::rewrite::rewrite;
pub(crate) use self::rewrite::{LINE_BYTES, MAP_EXPORT, RESTORE_EXPORT, SAVE_EXPORT, STORE_BYTES_MAX};

/// The most instances that are kept at the same time, on all threads. Each reserves addresses for two memories, of
/// which a process has a limited number.
const INSTANCES_MAX: usize = 512;

/// The engine of instances that are reused, and how many there are.
#[derive(Clone)]
pub(crate) struct ReuseEngine {
    engine: Engine,
    instances: Arc<AtomicUsize>,
}

impl ReuseEngine {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, instances: Arc::default() }
    }
}

/// The room of one instance. It is free again when this is dropped.
pub(crate) struct InstanceRoom(Arc<AtomicUsize>);

impl InstanceRoom {
    fn take(instances: &Arc<AtomicUsize>) -> Option<Self> {
        let room = Self(Arc::clone(instances));
        // Too many are counted for a moment, and given back by the drop.
        let before = instances.fetch_add(1, Ordering::Relaxed);
        (before < INSTANCES_MAX).then_some(room)
    }
}

impl Drop for InstanceRoom {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The core module of a rule, to be rewritten and compiled when it is first reused.
pub(crate) struct ReusableModule {
    engine: ReuseEngine,
    bytes: Box<[u8]>,
    /// The most bytes that the rule's memory may have.
    memory_bytes: usize,
    compiled: OnceLock<Option<RewrittenModule>>,
}

/// A rewritten module, compiled.
pub(crate) struct RewrittenModule {
    pub(crate) module: Module,
    /// The bytes of the map of marks, behind which is the mark of what can't be restored.
    pub(crate) map_bytes: usize,
    /// The bytes of the memory that the map is in.
    pub(crate) map_memory_bytes: usize,
}

impl ReusableModule {
    pub(crate) fn new(engine: ReuseEngine, bytes: &[u8], memory_bytes: usize) -> Arc<Self> {
        Arc::new(Self { engine, bytes: bytes.into(), memory_bytes, compiled: OnceLock::new() })
    }

    /// Room for one more instance; `None` if there are as many as there may be.
    pub(crate) fn take_room(&self) -> Option<InstanceRoom> {
        InstanceRoom::take(&self.engine.instances)
    }

    /// The rewritten module; `None` if it can't be rewritten, as one with instructions beyond WebAssembly 2.0.
    pub(crate) fn compiled(&self) -> Option<&RewrittenModule> {
        let compile = || {
            let rewritten = rewrite(&self.bytes, self.memory_bytes)?;
            let module = Module::new(&self.engine.engine, &rewritten.bytes).ok()?;
            let (map_bytes, map_memory_bytes) = (rewritten.map_bytes, rewritten.map_memory_bytes);
            Some(RewrittenModule { module, map_bytes, map_memory_bytes })
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}
