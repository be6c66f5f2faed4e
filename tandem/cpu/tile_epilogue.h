// A chain of elementwise ops as an epilogue: it reads a part of the product and what else it needs
// there, and writes its result over the product.
#pragma once
#include "tandem/cpu/epilogue.h"
#include "tandem/cpu/tile_program.h"

namespace tandem::cpu {

class TileEpilogue final : public Epilogue {
 public:
  /// `program` is a matrix (TileProgram::is_matrix) whose one result may overwrite its operand 0.
  /// The call's first operand is the product, and its result has the same memory. Both outlive
  /// this.
  TileEpilogue(const TileProgram& program, const KernelCall& call,
               const RegisterEpilogue& in_registers)
      : Epilogue(in_registers), program_(program), call_(call), repeated_(program, call) {}

  void run(const MatrixPart& part) const override {
    TileProgram::Worker(program_, call_, repeated_).run_part(part);
  }

 private:
  const TileProgram& program_;
  const KernelCall& call_;
  const TileProgram::Repeated repeated_;
};

}  // namespace tandem::cpu
