//! Runs a core module that computes bytes of bytes: a compiled model of DMN, which isn't a component.
//!
//! The module has no imports. Its export `cabi_realloc` gives memory as in a component; `compute` takes the address and
//! the count of its input's bytes, and gives the address of the count of the output's bytes (`u32`), which follow it.

use wasmtime::{
    Config, Engine, Instance, Linker, Memory, Module, OptLevel, Store, StoreLimits, StoreLimitsBuilder, Trap,
};

/// The most memory of a call, in bytes.
const MEMORY_BYTES_MAX: usize = 256 << 20;
/// The most stack of a call, in bytes.
const STACK_BYTES_MAX: usize = 1 << 20;

/// Why a module can't be run, or a call has no output.
#[derive(Debug, thiserror::Error)]
pub enum PureModuleError {
    /// The runtime refuses its settings.
    #[error("the runtime can't be set up: {0}")]
    Engine(String),
    /// The module can't be compiled, or it has imports.
    #[error("the module can't be run: {0}")]
    Module(String),
    /// An export isn't there, or not of its type, or points beyond the memory.
    #[error("the module isn't of the form of one that computes bytes of bytes: {0}")]
    Form(String),
    /// It took more instructions than it may.
    #[error("it took more than {0} units of fuel")]
    Fuel(u64),
    /// It trapped.
    #[error("it trapped: {0}")]
    Trap(String),
}

/// An engine for modules that compute bytes of bytes.
pub struct PureModules {
    engine: Engine,
}

impl PureModules {
    /// Sets up the engine. Code is compiled fast, since each module runs a few times only.
    ///
    /// # Errors
    /// [`PureModuleError::Engine`].
    pub fn new() -> Result<Self, PureModuleError> {
        let mut config = Config::new();
        config
            .cranelift_opt_level(OptLevel::None)
            .cranelift_nan_canonicalization(true)
            .consume_fuel(true)
            .memory_init_cow(false)
            .max_wasm_stack(STACK_BYTES_MAX)
            .wasm_relaxed_simd(false)
            .wasm_backtrace_max_frames(None);
        let engine = Engine::new(&config).map_err(|error| PureModuleError::Engine(format!("{error:#}")))?;
        Ok(Self { engine })
    }

    /// Compiles a module.
    ///
    /// # Errors
    /// [`PureModuleError::Module`].
    pub fn compile(&self, module: &[u8]) -> Result<PureModule, PureModuleError> {
        let module =
            Module::new(&self.engine, module).map_err(|error| PureModuleError::Module(format!("{error:#}")))?;
        Ok(PureModule { module })
    }
}

/// A compiled module.
pub struct PureModule {
    module: Module,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PureOutcome {
    /// The output.
    pub output: Vec<u8>,
    /// The fuel that the call took.
    pub fuel: u64,
}

impl PureModule {
    /// Computes the output for an input in a fresh instance. The call ends with an error when it has used up
    /// `fuel` units of fuel.
    ///
    /// # Errors
    /// All of [`PureModuleError`] but `Engine`.
    pub fn call(&self, input: &[u8], fuel: u64) -> Result<PureOutcome, PureModuleError> {
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY_BYTES_MAX).instances(1).memories(1).build();
        let mut store = Store::new(self.module.engine(), limits);
        store.limiter(|limits| limits);
        let trapped = |error: &wasmtime::Error| match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => PureModuleError::Fuel(fuel),
            Some(trap) => PureModuleError::Trap(trap.to_string()),
            None => PureModuleError::Trap(format!("{error:#}")),
        };
        store.set_fuel(fuel).map_err(|error| trapped(&error))?;
        let linker = Linker::new(self.module.engine());
        let instance = linker
            .instantiate(&mut store, &self.module)
            .map_err(|error| PureModuleError::Module(format!("{error:#}")))?;
        let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| form("it exports no memory"))?;
        let (address, count) = hand_in(&mut store, instance, memory, input).map_err(|error| match error {
            HandInError::Form(reason) => form(reason),
            HandInError::Failed(error) => trapped(&error),
        })?;
        let compute = instance
            .get_typed_func::<(u32, u32), u32>(&mut store, "compute")
            .map_err(|error| form(&format!("{error:#}")))?;
        let found = compute.call(&mut store, (address, count)).map_err(|error| trapped(&error))?;
        let left = store.get_fuel().map_err(|error| trapped(&error))?;
        let output = output_at(memory.data(&store), found).ok_or_else(|| form("its output is beyond its memory"))?;
        Ok(PureOutcome { output, fuel: fuel.saturating_sub(left) })
    }
}

fn form(reason: &str) -> PureModuleError {
    PureModuleError::Form(reason.to_owned())
}

/// Why the input couldn't be handed in.
enum HandInError {
    Form(&'static str),
    Failed(wasmtime::Error),
}

/// Writes the input into the module's memory.
fn hand_in(
    store: &mut Store<StoreLimits>,
    instance: Instance,
    memory: Memory,
    input: &[u8],
) -> Result<(u32, u32), HandInError> {
    let count = u32::try_from(input.len()).map_err(|_| HandInError::Form("the input is too large for it"))?;
    let allocate = instance
        .get_typed_func::<(u32, u32, u32, u32), u32>(&mut *store, "cabi_realloc")
        .map_err(|_| HandInError::Form("it exports no `cabi_realloc`"))?;
    let address = allocate.call(&mut *store, (0, 0, 1, count)).map_err(HandInError::Failed)?;
    let start = usize::try_from(address).map_err(|_| HandInError::Form("its memory is too large"))?;
    memory.write(store, start, input).map_err(|_| HandInError::Form("it gave memory that it doesn't have"))?;
    Ok((address, count))
}

/// The bytes after their count.
fn output_at(memory: &[u8], address: u32) -> Option<Vec<u8>> {
    let rest = memory.get(usize::try_from(address).ok()?..)?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
    rest.get(..count).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its input back; its memory begins at 1024.
    const ECHO: &str = r#"(module (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
        (func (export "compute") (param $at i32) (param $count i32) (result i32)
            (i32.store (i32.const 1020) (local.get $count)) (i32.const 1020)))"#;

    fn compiled(text: &str) -> Result<PureModule, PureModuleError> {
        PureModules::new().unwrap().compile(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn a_module_computes_bytes_of_bytes() {
        let outcome = compiled(ECHO).unwrap().call(b"abc", 1_000).unwrap();
        assert_eq!(outcome.output, b"abc");
        assert!((1..100).contains(&outcome.fuel), "{}", outcome.fuel);
    }

    #[test]
    fn a_module_that_takes_too_long_or_traps_has_no_output() {
        let module = |body: &str| ECHO.replace("(i32.store (i32.const 1020) (local.get $count))", body);
        let error = compiled(&module("(loop (br 0))")).unwrap().call(b"", 1_000).unwrap_err();
        assert_eq!(error.to_string(), "it took more than 1000 units of fuel");
        let error = compiled(&module("unreachable")).unwrap().call(b"", 1_000).unwrap_err();
        assert!(matches!(error, PureModuleError::Trap(_)), "{error}");
        let beyond = ECHO.replace("(i32.const 1020)))", "(i32.const -1)))");
        let error = compiled(&beyond).unwrap().call(b"", 1_000).unwrap_err();
        assert!(matches!(error, PureModuleError::Form(_)), "{error}");
    }

    #[test]
    fn a_module_with_imports_or_without_the_exports_is_refused() {
        let import = r#"(module (import "a" "b" (func)) (memory (export "memory") 1))"#;
        assert!(matches!(compiled(import).unwrap().call(b"", 1_000), Err(PureModuleError::Module(_))));
        assert!(matches!(compiled("(module)").unwrap().call(b"", 1_000), Err(PureModuleError::Form(_))));
    }
}
