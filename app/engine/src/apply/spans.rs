//! Scopes and operations: which one an end closes.

use super::{Apply, OpenOperation};
use crate::ids::{OperationId, ScopeId, StackId, TextId};
use crate::model::Model;
use crate::rows::{OperationRow, ScopeRow};
use dropscope_format::{Event, moving_number};

impl Apply {
    pub(super) fn scope_enter(&mut self, model: &mut Model, lane: usize, time_ns: u64, event: &Event) {
        let Some(open) = self.open(lane) else { return };
        let id = ScopeId(model.scopes.len() as u32);
        model.scopes.push(ScopeRow {
            thread: open.number,
            name: TextId(event.extra),
            start_ns: time_ns,
            end_ns: None,
            depth: open.scopes.len() as u32,
            enter_stack: event.stack,
            exit_stack: StackId::EMPTY,
        });
        open.scopes.push(id);
        let levels = open.scopes.len() as u32;
        if let Some(row) = model.threads.get_mut(open.number.0 as usize) {
            row.scope_levels = row.scope_levels.max(levels);
        }
    }

    pub(super) fn scope_exit(&mut self, model: &mut Model, lane: usize, time_ns: u64, event: &Event) {
        let Some(open) = self.open(lane) else { return };
        // Guards may be dropped in another order than they were made: the innermost of this name ends.
        let scopes = &model.scopes;
        let name_of = |id: &ScopeId| scopes.get(id.0 as usize).map(|scope| scope.name);
        let Some(at) = open.scopes.iter().rposition(|id| name_of(id) == Some(TextId(event.extra))) else {
            model.oddities.unmatched_exits += 1;
            return;
        };
        let id = open.scopes.remove(at);
        if let Some(scope) = model.scopes.get_mut(id.0 as usize) {
            scope.end_ns = Some(time_ns);
            scope.exit_stack = event.stack;
            model.scope_exits.push(id);
        }
    }

    pub(super) fn operation_begin(&mut self, model: &mut Model, lane: usize, time_ns: u64, event: &Event) {
        let Some(open) = self.open(lane) else { return };
        let id = OperationId(model.operations.len() as u32);
        model.operations.push(OperationRow {
            thread: open.number,
            name: TextId(event.extra),
            start_ns: time_ns,
            end_ns: None,
            cpu_ns: 0,
            allocs: 0,
            bytes_allocated: 0,
            frees: 0,
            bytes_freed: 0,
            begin_stack: event.stack,
            end_stack: StackId::EMPTY,
            is_moving: event.cpu_ns().and_then(moving_number).is_some(),
        });
        let Some(row) = model.threads.get(open.number.0 as usize) else { return };
        open.operations.push(OpenOperation {
            id,
            begin_cpu_ns: event.cpu_ns().unwrap_or(0),
            allocs: row.allocs,
            bytes_allocated: row.bytes_allocated,
            frees: row.frees,
            bytes_freed: row.bytes_freed,
        });
    }

    /// An operation ends that may have begun on another thread. What the threads did meanwhile is not its alone, so its
    /// births and releases are not counted.
    fn moving_operation_end(&mut self, model: &mut Model, number: u64, time_ns: u64, event: &Event) {
        let is_it = |begun: &OpenOperation| moving_number(begun.begin_cpu_ns) == Some(number);
        let found = self.threads.iter_mut().flatten().find_map(|open| {
            let at = open.operations.iter().rposition(is_it)?;
            Some(open.operations.remove(at))
        });
        let Some(begun) = found else {
            model.oddities.unmatched_exits += 1;
            return;
        };
        if let Some(operation) = model.operations.get_mut(begun.id.0 as usize) {
            operation.end_ns = Some(time_ns);
            operation.end_stack = event.stack;
            operation.cpu_ns = event.cpu_ns().unwrap_or(0).saturating_sub(begun.begin_cpu_ns);
            model.operation_ends.push(begun.id);
        }
    }

    pub(super) fn operation_end(&mut self, model: &mut Model, lane: usize, time_ns: u64, event: &Event) {
        if let Some(number) = event.cpu_ns().and_then(moving_number) {
            return self.moving_operation_end(model, number, time_ns, event);
        }
        let Some(open) = self.open(lane) else { return };
        let operations = &model.operations;
        let name_of = |id: OperationId| operations.get(id.0 as usize).map(|operation| operation.name);
        let Some(at) = open.operations.iter().rposition(|begun| name_of(begun.id) == Some(TextId(event.extra))) else {
            model.oddities.unmatched_exits += 1;
            return;
        };
        let begun = open.operations.remove(at);
        let Some(row) = model.threads.get(open.number.0 as usize) else { return };
        if let Some(operation) = model.operations.get_mut(begun.id.0 as usize) {
            operation.end_ns = Some(time_ns);
            operation.end_stack = event.stack;
            operation.cpu_ns = event.cpu_ns().unwrap_or(0).saturating_sub(begun.begin_cpu_ns);
            operation.allocs = row.allocs - begun.allocs;
            operation.bytes_allocated = row.bytes_allocated.saturating_sub(begun.bytes_allocated);
            operation.frees = row.frees - begun.frees;
            operation.bytes_freed = row.bytes_freed - begun.bytes_freed;
            model.operation_ends.push(begun.id);
        }
    }
}
