//! Ids of what a model holds, each a type of its own so that none is taken for another.

pub use dropscope_format::StackId;
/// The name of a scope, an operation or a mark; [`crate::Model::text`] tells what it says.
pub use dropscope_format::StringId as TextId;

/// A block, numbered from 1 in order of birth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BlockId(pub u32);

impl BlockId {
    /// The block in this row of the columns.
    #[inline]
    pub(crate) fn of_row(row: usize) -> BlockId {
        BlockId(row as u32 + 1)
    }

    /// Its row in the columns. Block 0 does not exist; it is given a row that does not, either.
    #[inline]
    pub fn row(self) -> usize {
        self.0.wrapping_sub(1) as usize
    }
}

/// A thread, numbered from 0 in order of the threads' first events: 0 is nearly always `main`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ThreadNumber(pub u32);

/// A row of [`crate::Model::scopes`], in order of beginning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ScopeId(pub u32);

/// A row of [`crate::Model::operations`], in order of beginning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OperationId(pub u32);

/// A row of [`crate::Model::marks`], in order of time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MarkId(pub u32);
