// The numbers inside an op's attributes, whatever the op: what symbolic dims are solved for.
#pragma once
#include <string>

#include "tandem/graph/program.h"

namespace tandem::graph {

/// Slots are counted over all attributes in order: one for an integer, a number, a scalar and
/// their optional forms where they hold a value, one for each entry of a Dims, none for the rest.
int slot_count(const AnyOp& op);
/// The first slot of an attribute: how many the attributes before it have.
int first_slot(const AnyOp& op, int attribute);
/// A slot's number; what int64 holds beyond 2^53 is exact in `slot_integer`.
double slot_number(const AnyOp& op, int slot);
int64_t slot_integer(const AnyOp& op, int slot);
bool slot_is_floating(const AnyOp& op, int slot);
void set_slot(AnyOp& op, int slot, int64_t value);
void set_slot(AnyOp& op, int slot, double value);
/// Computes what depends on the symbolic dims, at these sizes of them.
void set_solved(AnyOp& op, std::span<const SolvedAttribute> solved, std::span<const int64_t> sizes);
/// "size[1]", "end": for messages.
std::string slot_name(const AnyOp& op, int slot);

/// Equal in one attribute, of two instructions of the same op.
bool same_attribute(const AnyOp& a, const AnyOp& b, int attribute);
/// Equal in every attribute. Floating numbers are equal when their bits are.
bool same_attributes(const AnyOp& a, const AnyOp& b);
/// The same, but numbers in slots may differ; the lengths of Dims must not.
bool same_but_for_slots(const AnyOp& a, const AnyOp& b);

}  // namespace tandem::graph
