// What is wrong with a text, and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/graph/text.h"

namespace tandem::graph {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string mistake(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::format);
    return e.what();
  }
  return "no mistake";
}

/// Of one instruction, or more, over %x: f32[b, 4], %i: i64[3] and %c: bool[].
std::string mistake_of(std::string_view lines) {
  return mistake(
      text("program f(%x: f32[b, 4], %i: i64[3], %c: bool[]) -> () {\n", lines, "\n  return\n}\n"));
}

TEST(ParseErrors, PointAtTheirPlace) {
  EXPECT_EQ(mistake_of("  %1 = mul(%x %x) : f32[b, 4]"),
            "program:2:15: expected ',' or ')', got '%x'\n"
            "    %1 = mul(%x %x) : f32[b, 4]\n"
            "                ^");
  // An op's own error, with the line of the user's call.
  EXPECT_EQ(mistake_of("  %1 = matmul(%x, %x) : f32[b, 4] loc(\"net.cc\":7)"),
            "program:2:8: f: %1 = matmul at net.cc:7: expected input: [..., m, k] and other: "
            "[..., k, n], got [6, 4] and [6, 4]: 4 against 6 (at b = 6)\n"
            "    %1 = matmul(%x, %x) : f32[b, 4] loc(\"net.cc\":7)\n"
            "         ^");
  // In a body, after a number that is an instruction of its own.
  EXPECT_EQ(mistake_of("%1 = if(true, %x) : f32[b, 4] {\n"
                       "  then(%x: f32[b, 4]) -> (f32[b, 4]) {\n"
                       "    %1 = mul(%x, 2.0) : f32[4]\n"
                       "    return %x\n"
                       "  }\n"
                       "  else(%x: f32[b, 4]) -> (f32[b, 4]) { return %x }\n"
                       "}"),
            "program:4:10: f: %1 = if, then: %1 = mul: expected a result of type f32[6, 4], got "
            "f32[4] (at b = 6)\n"
            "      %1 = mul(%x, 2.0) : f32[4]\n"
            "           ^");
  EXPECT_EQ(mistake("program f() -> () {"),
            "program:1:20: expected an instruction, 'update' or 'return', got the end\n"
            "  program f() -> () {\n"
            "                     ^");
  EXPECT_EQ(mistake(""), "no mistake");
}

TEST(ParseErrors, SayWhatWasExpected) {
  const struct {
    std::string_view lines, message;
  } cases[] = {
      {"%1 = sofmax(%x) : f32[b, 4]", "2:6: there is no op 'sofmax'; did you mean 'softmax'?"},
      {"%1 = softmax(%x) {dims = 1} : f32[b, 4]",
       "2:19: softmax has no attribute 'dims'; did you mean 'dim'?: softmax(input, dim)"},
      {"%1 = softmax(%x) {dim = 1, dim = 1} : f32[b, 4]", "2:28: 'dim' is set twice"},
      {"%1 = softmax(%x) {dim = 3} : f32[b, 4]",
       "2:6: f: %1 = softmax: dim 3 is out of range for input of shape [6, 4]; expected -2..1 (at "
       "b = 6)"},
      {"%1 = softmax(%x) {dim = 1.5} : f32[b, 4]", "2:25: expected a whole number, got 1.5"},
      {"%1 = softmax(%x) {dim = 9223372036854775808} : f32[b, 4]",
       "2:25: expected a number that int64 holds, got 9223372036854775808"},
      {"%1 = softmax(%x) {dim = 1_i64} : f32[b, 4]", "2:25: expected a whole number, got 1_i64"},
      {"%1 = softmax(%x) {dim = h} : f32[b, 4]",
       "2:25: there is no symbolic dim 'h': a size of an input or of state, alone, makes one; "
       "there are b"},
      {"%1 = softmax(%x) {dim = 1/b} : f32[b, 4]", "2:27: expected a whole number, got 'b'"},
      {"%1 = softmax(%x) {dim} : f32[b, 4]", "2:22: expected '=', got '}'"},
      {"%1 = softmax() : f32[b, 4]",
       "2:6: f: %1 = softmax: expected 1 operand, got 0: softmax(input, dim)"},
      {"%1 = softmax(_) : f32[b, 4]",
       "2:6: f: %1 = softmax: operand 1 cannot be left out: softmax(input, dim)"},
      {"%1 = softmax(%x, %x) : f32[b, 4]",
       "2:6: f: %1 = softmax: expected 1 operand, got 2: softmax(input, dim)"},
      {"%1 = softmax(%x) : f32[b, 5]",
       "2:6: f: %1 = softmax: expected a result of type f32[6, 4], got f32[b, 5], which is f32[6, "
       "5] (at b = 6)"},
      {"%1 = softmax(%x) : f32[b]",
       "2:6: f: %1 = softmax: expected a result of type f32[6, 4], got f32[b], which is f32[6] (at "
       "b = 6)"},
      {"%1 = softmax(%x) : f64[b, 4]",
       "2:6: f: %1 = softmax: expected a result of type f32[6, 4], got f64[b, 4], which is f64[6, "
       "4] (at b = 6)"},
      {"%1 = softmax(%x) : f23[b, 4]", "2:20: there is no dtype 'f23'"},
      {"%1 = softmax(%x) : f32[c, 4]",
       "2:24: there is no symbolic dim 'c': a size of an input or of state, alone, makes one; "
       "there are b"},
      {"%1 = softmax(%x) : f32[b, 4", "3:3: expected ',' or ']', got 'return'"},
      {"%1 = softmax(%x) : f32[b, 4], f32[b, 4]",
       "2:29: expected an instruction, 'update' or 'return', got ','"},
      {"%1, %2 = softmax(%x) : f32[b, 4], f32[b, 4]",
       "2:10: f: %1, %2 = softmax: expected 1 result, got 2"},
      {"%1, %2 = softmax(%x) : f32[b, 4]", "3:3: expected ',' and the type of %2, got 'return'"},
      {"%1 = softmax(%x)", "3:3: expected ':' and the type of the result, got 'return'"},
      {"%1 = softmax(%1) : f32[b, 4]", "2:14: there is no value %1 here"},
      {"%1 = softmax(@x) : f32[b, 4]", "2:14: there is no value @x here"},
      {"%x = softmax(%x) : f32[b, 4]", "2:1: %x is defined twice"},
      {"% = softmax(%x) : f32[b, 4]", "2:1: expected a name after '%'"},
      {"%1 = softmax(x) : f32[b, 4]", "2:14: expected a value such as %x, got 'x'"},
      {"%1 = softmax(2.5.0) : f32[]", "2:14: expected a number in range, got 2.5.0"},
      {"%1 = softmax(1e999) : f32[]", "2:14: expected a number in range, got 1e999"},
      {"%1 = softmax(-) : f32[]", "2:15: expected a number, got ')'"},
      {"%1 = nonzero(%x) : i64[b, 2]",
       "2:6: f: %1 = nonzero: is shorthand for other ops: a program holds those"},
      {"%1 = cast(%x) : f32[b, 4]", "2:15: cast needs {dtype = ...}: cast(input, dtype)"},
      {"%1 = cast(%x) {dtype = none} : f32[b, 4]", "2:24: there is no dtype 'none'"},
      {"%1 = full() {size = [1,1,1,1,1,1,1,1,1,1,1,1,1], fill_value = 1} : i64[]",
       "2:46: expected at most 12 numbers"},
      {"%1 = full() {size = [1], fill_value = \"1\"} : i64[1]",
       "2:39: expected a whole number or a symbolic dim, got '\"1\"'"},
      {"%1 = full() {size = [1], fill_value = 2.0_f64} : f32[1]",
       "2:39: a number of an attribute has no dtype"},
      {"%1 = full() {size = [b*b/2/2], fill_value = 2.0} : f32[1]",
       "2:27: cannot divide a quotient: expected a polynomial in the symbolic dims"},
      {"%1 = full() {size = [b/0], fill_value = 2.0} : f32[1]",
       "2:23: expected a divisor above 0, got 0"},
      {"%1 = full() {size = [(b/2 + 1)/2], fill_value = 2.0} : f32[1]",
       "2:31: cannot divide a quotient: expected a polynomial in the symbolic dims"},
      {"%1 = full() {size = [b/2*b*b*b*b*b*b*(b/3)*b], fill_value = 2.0} : f32[1]",
       "2:43: expected terms of degree 8 or less"},
      {"%1 = full() {size = [b*b*b*b*b*b*b*b*b], fill_value = 2.0} : f32[1]",
       "2:37: expected terms of degree 8 or less"},
      {"%1 = full() {size = [-1], fill_value = 2.0} : f32[-1]",
       "2:51: expected a size of 0 or more, got -1"},
      {"%1 = full() {size = [4000000000, 4000000000], fill_value = 2.0} : f32[4000000000, "
       "4000000000]",
       "2:6: f: %1 = full: f32[4000000000, 4000000000] is not a possible type (at b = 6)"},
      {"%1 = full() {size = [b], fill_value = 1/2} : f32[b]",
       "2:41: expected a symbolic dim or '(', got '2'"},
      {"%1 = softmax(%x) {dim = 1} : f32[b, 4] loc(\"a.cc\":0)",
       "2:51: expected the number of a line"},
      {"%1 = softmax(%x) {dim = 1} : f32[b, 4] loc(\"a.cc)", "2:44: expected a closing '\"'"},
      {"update @w = %x", "2:8: f: update @w: there is no such state, or a second update"},
      {"%1 = if(%c, %x) : f32[b, 4]", "3:3: expected '{', got 'return'"},
      {"%1 = if(%c, %x) : f32[b, 4] { then(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } }",
       "2:80: expected 'else', got '}'"},
      {"%1 = if(%x, %x) : f32[b, 4] { then(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } "
       "else(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } }",
       "2:6: f: %1 = if: the condition: expected bool[], got f32[6, 4] (at b = 6)"},
      {"%1 = if(%c, %x) : f32[b, 4] { then(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } "
       "else(%x: f32[b, 4]) -> (f32[b]) { return %x } }",
       "2:121: expected a value of type f32[b] as this output, got f32[b, 4]"},
      {"%1 = if(%c, %x) : f32[b, 4] { then(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } "
       "else(%x: f32[4, b]) -> (f32[4, b]) { return %x } }",
       "2:6: f: %1 = if: the inputs of else: expected f32[6, 4] for number 1 of the operands, got "
       "f32[4, 6] (at b = 6)"},
      {"%1 = if(%c, %x) : f32[b, 4] { then(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } "
       "else(%x: f32[b, 4]) -> (f32[b, 4]) { return %i } }",
       "2:124: there is no value %i here; a body sees its own inputs and values only"},
      {"%1 = if(%c, %x) : f32[b, 4] { then(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } "
       "else(%x: f32[b, 4]) -> (bool[b, 4]) { %1 = isnan(%x) : bool[b, 4] return %1 } }",
       "2:123: f: %1 = if: the results of else: expected f32[6, 4] for number 1 of the results of "
       "then, got bool[6, 4] (at b = 6)"},
      {"%1 = if(%c, %x) : f32[b, 4] { then(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } "
       "else() -> (f32[b, 4]) { return %x } }",
       "2:111: there is no value %x here; a body sees its own inputs and values only"},
      {"%1 = while(%x) {carries = 2} : f32[b, 4] { condition(%x: f32[b, 4]) -> (f32[b, 4]) { "
       "return %x } "
       "body(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } }",
       "2:6: f: %1 = while: carries: expected 1..1 (the operands), got 2 (at b = 6)"},
      {"%1 = while(%x) {carries = 1} : f32[b, 4] { condition(%x: f32[b, 4]) -> (f32[b, 4]) { "
       "return %x } "
       "body(%x: f32[b, 4]) -> (f32[b, 4]) { return %x } }",
       "2:6: f: %1 = while: the results of condition: expected bool[] for number 1 of a condition, "
       "got f32[6, 4] (at b = 6)"},
      {"%1 = scan(%x) {carries = 0, sequences = 0} : f32[b, 4] { body(%x: f32[b, 4]) -> (f32[b, "
       "4]) { return %x } }",
       "2:6: f: %1 = scan: expected at least one sequence, and carries and sequences to be 1 "
       "operands or fewer, got carries = 0, sequences = 0 (at b = 6)"},
      {"%1 = scan(%x) {carries = 0, sequences = 1} : f32[b, 4] { body(%x: f32[b, 4]) -> (f32[b, "
       "4]) { return %x } }",
       "2:6: f: %1 = scan: the inputs of body: expected f32[4] for number 1 of carries, elements "
       "of the sequences and the rest, got f32[6, 4] (at b = 6)"},
      {"%1 = scan(%x, %i) {carries = 0, sequences = 2} : f32[b, 4] { body(%x: f32[4], %i: i64[]) "
       "-> (f32[4]) { return %x } }",
       "2:6: f: %1 = scan: sequences of equal length are expected, got 6 and 3 (at b = 6)"},
      {"%1 = scan(%c) {carries = 0, sequences = 1} : f32[b, 4] { body(%x: f32[4]) -> (f32[4]) { "
       "return %x } }",
       "2:6: f: %1 = scan: a sequence has no dim to go along (at b = 6)"},
      {"%1 = scan(%i) {carries = b, sequences = 1} : i64[3] { body(%i: i64[]) -> (i64[]) { return "
       "%i } }",
       "2:6: f: %1 = scan: expected at least one sequence, and carries and sequences to be 1 "
       "operands or fewer, got carries = 6, sequences = 1 (at b = 6)"},
  };
  for (const auto& [lines, message] : cases)
    EXPECT_THAT(mistake_of(lines), HasSubstr(message)) << lines;
}

TEST(ParseErrors, OfWholePrograms) {
  const struct {
    std::string_view text, message;
  } cases[] = {
      {"import os", "1:1: expected 'program', got 'import'"},
      {"program 7() -> () { return }", "1:9: expected the name of a program, got '7'"},
      {"program f( { return }", "1:12: expected an input such as %x, got '{'"},
      {"program f(%x: f32[a, b, c, d, e]) -> () { return }",
       "1:31: expected at most 4 symbolic dims"},
      {"program f(%x: f32[2*a]) -> () { return }",
       "1:21: there is no symbolic dim 'a': a size of an input or of state, alone, makes one"},
      {"program f(%x: f32[nan]) -> () { return }", "1:19: a symbolic dim cannot be named 'nan'"},
      {"program f(%x: f32[-2]) -> () { return }", "1:19: expected a size of 0 or more, got -2"},
      {"program f(%x: f32[2], %x: f32[2]) -> () { return }", "1:23: %x is defined twice"},
      {"program f(%7: f32[2]) -> () { return }",
       "1:11: expected an input's name to start with a letter, got '%7'"},
      {"program f(%x: f32[1,1,1,1,1,1,1,1,1,1,1,1,1]) -> () { return }",
       "1:43: expected at most 12 dims"},
      {"program f(%x: f32[3037000500, 3037000500]) -> () { return }",
       "1:9: f: %x: f32[3037000500, 3037000500] is not a possible type"},
      {"program f(%x: f32[2]) -> (%y: f32[3]) { return %x }",
       "1:48: expected a value of type f32[3] as output %y, got f32[2]"},
      {"program f(%x: f32[2]) -> (%y: f32[2]) { return }", "1:41: expected 1 value, got 0"},
      {"program f(%x: f32[2]) -> (%y: f32[2]) { return %x, %x }", "1:50: expected '}', got ','"},
      {"program f(%x: f32[2]) -> (%y: f32[2], %z: f32[2]) { return %x }",
       "1:53: expected 2 values, got 1"},
      {"program f(%x: f32[2]) -> (%y: f32[2], %y: f32[2]) { return %x, %x }",
       "1:9: f: two outputs are named y"},
      {"program f(%x: f32[2]) -> (f32[2]) { return %x }",
       "1:27: expected an output such as %y, got 'f32'"},
      {"program f() -> () { state @a: f32[2], @a: f32[2] return }", "1:39: @a is defined twice"},
      {"program f() -> () { state @a: f32[2] update @a = @a update @a = @a return }",
       "1:60: f: update @a: there is no such state, or a second update"},
      {"program f(%x: f32[3]) -> () { state @a: f32[2] update @a = %x return }",
       "1:55: f: update @a: expected f32[2], got f32[3]"},
      {"program f() -> () { constant #a: f32[2] = [1] return }",
       "1:43: expected the elements of f32[2], got 1"},
      {"program f() -> () { constant #a: u8[2] = [1, 256] return }",
       "1:46: expected a number that u8 holds, got 256"},
      {"program f() -> () { constant #a: u8[2] = [1, 2.0] return }",
       "1:46: expected a number that u8 holds, got 2.0"},
      {"program f() -> () { constant #a: f16[1] = [65520] return }",
       "1:44: expected a number that f16 holds, got 65520"},
      {"program f() -> () { constant #a: f32[4611686018427387904, 4] = [] return }",
       "1:64: expected the elements of f32[4611686018427387904, 4], got 0"},
      {"program f(%x: f32[b]) -> () { constant #a: f32[b] return }",
       "1:9: f: #a: the type of a constant is without symbolic dims"},
      {"program f() -> () { state @\"a\\q\": f32[2] return }",
       "1:30: expected one of \\\" \\\\ \\n \\t \\x01 ... \\xff"},
      {"program f() -> () { state @\"a: f32[2] return }", "1:28: expected a closing '\"'"},
      {"program f() -> () { state @\"\": f32[2] return }", "1:27: expected a name after '@\"\"'"},
      {"program f() -> () { return } program f() -> () { return }",
       "1:38: program: two programs are named f"},
      {"program f() -> () { state @a: f32[2] return } program g() -> () { state @a: f32[3] return "
       "}",
       "1:55: g: @a is f32[3], but f32[2] in f: programs share state by name"},
      {"program f() -> () { return } }", "1:30: expected 'program', got '}'"},
      {"program f() -> () { return } $", "1:30: unexpected character '$'"},
  };
  for (const auto& [lines, message] : cases)
    EXPECT_THAT(mistake(lines), HasSubstr(message)) << lines;
}

std::string repeated(std::string_view part, int times) {
  std::string s;
  for (int i = 0; i < times; ++i) s += part;
  return s;
}

TEST(HostileText, IsAnError) {
  constexpr int million = 1'000'000;
  EXPECT_THAT(mistake(repeated("{", million)), HasSubstr("1:1: expected 'program'"));
  EXPECT_THAT(mistake("program f() -> () " + repeated("{", million)), HasSubstr("1:20: expected"));
  EXPECT_THAT(mistake_of("%1 = full() {size = " + repeated("[", million)), HasSubstr("2:22:"));
  EXPECT_THAT(mistake_of("%1 = full() {size = [" + repeated("(", million)),
              HasSubstr("nested too deep"));
  EXPECT_THAT(mistake_of("%1 = full() {size = [" + repeated("-", million)),
              HasSubstr("nested too deep"));
  EXPECT_THAT(mistake_of("%1 = full() {size = [b" + repeated("*1", million)),
              HasSubstr("the expression is too long"));
  EXPECT_THAT(mistake_of(repeated("%1 = if(true) : f32[] { then() -> () {\n", 100'000)),
              HasSubstr("bodies are nested more than 32 deep"));
  EXPECT_THAT(mistake("program " + repeated("f", million)), HasSubstr("more than 1000 characters"));
  EXPECT_THAT(mistake("program f() -> () { state @\"" + repeated("f", million) + "\""),
              HasSubstr("more than 1000 characters"));
  EXPECT_THAT(mistake(repeated(" ", 17 << 20)), HasSubstr("expected at most 16777216 bytes"));
  EXPECT_THAT(mistake(std::string_view("program f\0() -> ()", 18)), HasSubstr("1:10: unexpected"));
  EXPECT_THAT(mistake(std::string_view("program f() -> () { state @\"\0\"", 30)),
              HasSubstr("1:29: unexpected zero byte"));
}

constexpr std::string_view sound = R"(program sound(%x: f32[b, 4], %c: bool[]) -> (%y: f32[b, 4]) {
  state @w: f32[4], @"odd name": f32[1]
  constant #mean: f32[2] = [0.5, -inf]
  %1 = mul(%x, 2.0) : f32[b, 4] loc("a.cc":3)
  %2 = full() {size = [2*b + 1, (b + 3)/2], fill_value = 1/(b*b)} : f32[2*b + 1, (b + 3)/2]
  %3 = if(%c, %1) : f32[b, 4] {
    then(%x: f32[b, 4]) -> (f32[b, 4]) { return %x }
    else(%x: f32[b, 4]) -> (f32[b, 4]) { return %x }
  }
  update @w = @w
  return %3
}
)";

/// Either an error of the right code, or programs that print and read again.
void read_or_refuse(std::string_view text) {
  std::string printed;
  try {
    printed = print(parse(text));
  } catch (const Error& e) {
    ASSERT_EQ(e.code(), ErrorCode::format) << e.what();
    return;
  }
  ASSERT_EQ(print(parse(printed)), printed);
}

TEST(HostileText, NumbersThatAreNone) {
  const auto element = [](std::string_view dtype, std::string_view number) {
    return mistake(
        text("program f() -> () {\n  constant #c: ", dtype, "[1] = [", number, "]\n  return\n}\n"));
  };
  for (const auto& [dtype, number] : std::initializer_list<std::pair<const char*, const char*>>{
           {"f32", "nan_xffffffffffffffffff"},
           {"f32", "nan_x7fc000001"},
           {"f16", "nan_x17e00"},
           {"f32", "nan_x7FC00001"},
           {"f32", "nan_x"},
           {"f32", "1E5"},
           {"f32", "1e39"},
           {"f32", "1e-60"},
           {"f64", "1e-400"}})
    EXPECT_THAT(element(dtype, number), HasSubstr(text("expected a number that ", dtype, " holds")))
        << number;
  EXPECT_EQ(element("f32", "nan_x7fc00001"), "no mistake");
  EXPECT_THAT(mistake_of("%1 = layer_norm(%x) {normalized_shape = [4], eps = true} : f32[b, 4]"),
              HasSubstr("expected a number, got true"));
}

TEST(HostileText, CutAnywhere) {
  ASSERT_EQ(mistake(sound), "no mistake");
  for (std::size_t n = 0; n < sound.size(); ++n) read_or_refuse(sound.substr(0, n));
}

TEST(HostileText, Damaged) {
  constexpr std::string_view parts[] = {"{",  "}",    "(",     ")",    "[",   "]",
                                        ",",  ":",    "=",     "%x",   "%1",  "@w",
                                        "#a", "-",    "*",     "/",    "0",   "9999999999999999999",
                                        "b",  "if",   "while", "scan", "f32", "\"",
                                        "_",  "none", "1/b",   "\n"};
  uint32_t random = 1;
  const auto next = [&](std::size_t n) {
    random = random * 1664525 + 1013904223;
    return std::size_t(random >> 8) % n;
  };
  for (int i = 0; i < 5000; ++i) {
    std::string text(sound);
    for (std::size_t changes = 1 + next(3); changes > 0; --changes) {
      const std::size_t at = next(text.size());
      const std::string_view part = parts[next(std::size(parts))];
      switch (next(3)) {
        case 0:
          text.insert(at, part);
          break;
        case 1:
          text.replace(at, std::min(part.size(), text.size() - at), part);
          break;
        default:
          text.erase(at, 1 + next(4));
      }
    }
    ASSERT_NO_FATAL_FAILURE(read_or_refuse(text)) << text;
  }
}

}  // namespace
}  // namespace tandem::graph
