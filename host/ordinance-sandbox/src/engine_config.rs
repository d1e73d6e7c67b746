//! The settings of the WebAssembly engine.

use std::num::NonZero;

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use crate::limits::Limits;

/// Memories, tables and core instances that one component may have. A component of the SDK has one of each.
const PARTS_MAX: u32 = 4;
const STACK_BYTES_MAX: usize = 256 << 10;
/// Memory of a slot that the pool clears by hand between calls, which is faster than giving it back to the system.
const KEEP_RESIDENT_BYTES: usize = 128 << 10;
/// The most frames of a trap's backtrace.
const FRAMES_MAX: usize = 32;

/// The configuration of an engine that runs at most `slots` instances side by side.
pub(crate) fn engine_config(slots: u32, limits: Limits, trap_backtrace: bool) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    let parts = slots.saturating_mul(PARTS_MAX);
    pool.total_component_instances(slots)
        .total_core_instances(parts)
        .total_memories(parts)
        .total_tables(parts)
        .max_core_instances_per_component(PARTS_MAX)
        .max_memories_per_component(PARTS_MAX)
        .max_tables_per_component(PARTS_MAX)
        .max_memories_per_module(PARTS_MAX)
        .max_tables_per_module(PARTS_MAX)
        .max_memory_size(limits.memory_bytes)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(4 << 10)
        .pagemap_scan(Enabled::No);
    let mut config = common_config();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .wasm_component_model(true)
        .wasm_backtrace_max_frames(if trap_backtrace { NonZero::new(FRAMES_MAX) } else { None });
    config
}

/// The configuration of an engine whose instances are reused: there are few of them, and each has a memory of marks
/// beside that of its rule.
pub(crate) fn reuse_config() -> Config {
    let mut config = common_config();
    config.wasm_multi_memory(true).wasm_backtrace_max_frames(None);
    config
}

/// What every engine has: rules compute the same in each.
fn common_config() -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES_MAX)
        // An image that is mapped into each memory would be an open file for each component whose code isn't mapped
        // from one, and is no faster for memories of one page. Without it, a call begins by copying the rule's initial
        // data, which costs fuel like all that the rule does.
        .memory_init_cow(false)
        .wasm_relaxed_simd(false);
    config
}
