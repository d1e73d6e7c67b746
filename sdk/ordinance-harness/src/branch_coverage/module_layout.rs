//! The layout of a core module: its types, its functions and its branches.

use wasmparser::{FunctionBody, Operator, Parser, Payload};

use super::branch::{Branch, BranchDirection};
use super::instrument_error::{InstrumentError, invalid};

/// The number of bits in a global.
pub(super) const WORD_BITS: usize = 64;

/// Each branch with the number of its bit.
pub(super) type NumberedBranches = Vec<(usize, Branch)>;

/// The layout of a module. The encoder needs it before it re-encodes the code.
#[derive(Default)]
pub(super) struct ModuleLayout {
    /// The number of parameters of each type.
    pub(super) parameters: Vec<u32>,
    /// The index of the type of each function that isn't imported.
    pub(super) types: Vec<u32>,
    pub(super) imported_functions: u32,
    pub(super) globals: u32,
    pub(super) branches: NumberedBranches,
    /// The number of bits, including unused bits at the end of words.
    bits: usize,
}

impl ModuleLayout {
    pub(super) fn parse(module: &[u8]) -> Result<Self, InstrumentError> {
        let mut layout = Self::default();
        let mut function = 0;
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(invalid)? {
                Payload::TypeSection(types) => {
                    for kind in types.into_iter_err_on_gc_types() {
                        layout.parameters.push(u32::try_from(kind.map_err(invalid)?.params().len()).map_err(invalid)?);
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import.map_err(invalid)?.ty {
                            wasmparser::TypeRef::Func(_) => layout.imported_functions += 1,
                            wasmparser::TypeRef::Global(_) => layout.globals += 1,
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    for kind in functions {
                        layout.types.push(kind.map_err(invalid)?);
                    }
                }
                Payload::GlobalSection(globals) => layout.globals += globals.count(),
                Payload::CodeSectionEntry(body) => {
                    layout.find_branches(function, &body)?;
                    function += 1;
                }
                _ => {}
            }
        }
        Ok(layout)
    }

    fn find_branches(&mut self, function: usize, body: &FunctionBody<'_>) -> Result<(), InstrumentError> {
        let start = body.range().start;
        let mut operators = body.get_operators_reader().map_err(invalid)?;
        while !operators.eof() {
            let (operator, at) = operators.read_with_offset().map_err(invalid)?;
            let directions: Vec<BranchDirection> = match operator {
                Operator::If { .. } | Operator::BrIf { .. } => vec![BranchDirection::Yes, BranchDirection::No],
                Operator::BrTable { targets } if targets.len() as usize >= WORD_BITS => continue,
                Operator::BrTable { targets } => table_branches(&targets)?,
                _ => continue,
            };
            // All bits of an operator must be in the same word.
            if self.bits % WORD_BITS + directions.len() > WORD_BITS {
                self.bits = self.bits.next_multiple_of(WORD_BITS);
            }
            for direction in directions {
                self.branches.push((self.bits, Branch { function, offset: at - start, direction }));
                self.bits += 1;
            }
        }
        Ok(())
    }

    pub(super) fn words(&self) -> u32 {
        u32::try_from(self.bits.div_ceil(WORD_BITS)).unwrap_or(u32::MAX)
    }

    /// The first bit of the operator at an offset.
    pub(super) fn first_bit(&self, function: usize, offset: usize) -> Option<usize> {
        let is_operator = |(_, branch): &&(usize, Branch)| branch.function == function && branch.offset == offset;
        self.branches.iter().find(is_operator).map(|(bit, _)| *bit)
    }
}

/// The branches of a table. Entries with the same target form one branch, named by the first index.
fn table_branches(targets: &wasmparser::BrTable<'_>) -> Result<Vec<BranchDirection>, InstrumentError> {
    let labels: Vec<u32> = targets.targets().collect::<Result<_, _>>().map_err(invalid)?;
    let first = |label: u32| labels.iter().position(|known| *known == label);
    let numbered = labels.iter().filter_map(|label| first(*label)).map(BranchDirection::Case);
    let otherwise = first(targets.default()).map_or(BranchDirection::Otherwise, BranchDirection::Case);
    Ok(numbered.chain([otherwise]).collect())
}
