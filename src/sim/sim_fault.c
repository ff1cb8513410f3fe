/* SPDX-License-Identifier: MIT */
#include "sim/sim_fault.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/quantity.h"
#include "sim/prng.h"

static const char *const names[SIM_FAULT_COUNT] = {
	[SIM_FAULT_SILENT] = "silent",
	[SIM_FAULT_CRC] = "crc",
	[SIM_FAULT_TRUNCATED] = "truncated",
	[SIM_FAULT_LATE] = "late",
	[SIM_FAULT_ECHO] = "echo",
	[SIM_FAULT_NOISE] = "noise",
	[SIM_FAULT_NOISE_BEFORE] = "noise-before",
	[SIM_FAULT_NOISE_WITHIN] = "noise-within",
	[SIM_FAULT_NOISE_AFTER] = "noise-after",
	[SIM_FAULT_NOISE_BETWEEN] = "noise-between",
	[SIM_FAULT_GARBAGE] = "garbage",
	[SIM_FAULT_BYTEWISE] = "bytewise",
	[SIM_FAULT_WRONG_UNIT] = "wrong-unit",
	[SIM_FAULT_EXCEPTION] = "exception",
	[SIM_FAULT_NAN] = "nan",
	[SIM_FAULT_INF] = "inf",
	[SIM_FAULT_HUGE] = "huge",
	[SIM_FAULT_DENORMAL] = "denormal",
	[SIM_FAULT_SIGNS] = "signs",
	[SIM_FAULT_JUMPS] = "jumps",
	[SIM_FAULT_SWAPPED_BYTES] = "swapped-bytes",
	[SIM_FAULT_SWAPPED_WORDS] = "swapped-words",
	[SIM_FAULT_ZEROS] = "zeros",
	[SIM_FAULT_FROZEN] = "frozen",
	[SIM_FAULT_SELFTEST] = "selftest",
	[SIM_FAULT_PHASE_MISSING] = "phase-missing",
	[SIM_FAULT_HANGUP] = "hangup",
	[SIM_FAULT_HANGUP_ASKED] = "hangup-asked",
	[SIM_FAULT_HANGUP_HALFWAY] = "hangup-halfway",
};

const char *sim_fault_name(enum sim_fault fault)
{
	return names[fault];
}

int sim_fault_from_name(const char *name, enum sim_fault *ret)
{
	for (int i = 0; i < SIM_FAULT_COUNT; i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum sim_fault)i;
			return 0;
		}
	}
	return -EINVAL;
}

static void unknown_kind(const char *kind, char problem[SIM_FAULT_PROBLEM_MAX])
{
	int n = snprintf(
		problem, SIM_FAULT_PROBLEM_MAX, "unknown fault '%.40s', allowed are", kind);

	for (int i = 0; i < SIM_FAULT_COUNT; i++)
		n += snprintf(problem + n, SIM_FAULT_PROBLEM_MAX - (size_t)n, " %s", names[i]);
}

int sim_faults_add(
	struct sim_faults *faults, const char *spec, char ret_problem[SIM_FAULT_PROBLEM_MAX])
{
	struct sim_fault_span span = {.until_ms = INT64_MAX};
	char copy[128];
	char *kind = copy, *from, *length = NULL;
	int64_t length_ms;

	if (snprintf(copy, sizeof(copy), "%s", spec) >= (int)sizeof(copy)) {
		snprintf(ret_problem, SIM_FAULT_PROBLEM_MAX, "fault '%.40s...' is too long", spec);
		return -EINVAL;
	}
	from = strchr(copy, ':');
	if (from) {
		*from++ = '\0';
		length = strchr(from, ':');
		if (length)
			*length++ = '\0';
	}
	if (sim_fault_from_name(kind, &span.fault) < 0) {
		unknown_kind(kind, ret_problem);
		return -EINVAL;
	}
	if ((from && timespan_parse(from, &span.from_ms) < 0) ||
		(length && timespan_parse(length, &length_ms) < 0)) {
		snprintf(ret_problem, SIM_FAULT_PROBLEM_MAX,
			"fault '%.40s': from and for are time spans such as 10s, as in %s:10s:5s",
			spec, kind);
		return -EINVAL;
	}
	if (length)
		span.until_ms = span.from_ms + length_ms;
	if (faults->count == SIM_FAULT_SPANS_MAX) {
		snprintf(ret_problem, SIM_FAULT_PROBLEM_MAX, "more than %d faults",
			SIM_FAULT_SPANS_MAX);
		return -ENOSPC;
	}
	faults->spans[faults->count++] = span;
	return 0;
}

void sim_faults_force(struct sim_faults *faults, enum sim_fault fault, bool on)
{
	int kept = 0;

	if (on) {
		faults->forced |= SIM_FAULT_BIT(fault);
		return;
	}
	faults->forced &= ~SIM_FAULT_BIT(fault);
	for (int i = 0; i < faults->count; i++) {
		if (faults->spans[i].fault != fault)
			faults->spans[kept++] = faults->spans[i];
	}
	faults->count = kept;
}

uint32_t sim_faults_at(const struct sim_faults *faults, int64_t now_ms)
{
	uint32_t set = faults->forced;

	for (int i = 0; i < faults->count; i++) {
		if (now_ms >= faults->spans[i].from_ms && now_ms < faults->spans[i].until_ms)
			set |= SIM_FAULT_BIT(faults->spans[i].fault);
	}
	return set;
}

static bool has(uint32_t set, enum sim_fault fault)
{
	return set & SIM_FAULT_BIT(fault);
}

void sim_faults_distort(uint32_t set, struct sim_registers *registers, uint64_t *seed)
{
	static const double huge[SIM_PHASES_MAX] = {1e6, 3e38, -1e6};
	struct sim_values *values = &registers->values;
	int missing = sim_model_phases(registers->model) == 3 ? 1 : 0;
	bool turned = has(set, SIM_FAULT_SIGNS) && prng_below(seed, 2);

	for (int p = 0; p < SIM_PHASES_MAX; p++) {
		if (has(set, SIM_FAULT_PHASE_MISSING) && p == missing)
			values->volts[p] = values->amps[p] = 0;
		if (has(set, SIM_FAULT_JUMPS))
			values->amps[p] = prng_below(seed, 6001) / 100.0;
		if (turned)
			values->amps[p] = -values->amps[p];
		if (has(set, SIM_FAULT_DENORMAL))
			values->amps[p] = 1e-40;
		if (has(set, SIM_FAULT_HUGE))
			values->amps[p] = huge[p];
		if (has(set, SIM_FAULT_INF))
			values->amps[p] = p == 1 ? -HUGE_VAL : HUGE_VAL;
		if (has(set, SIM_FAULT_NAN))
			values->amps[p] = NAN;
		if (has(set, SIM_FAULT_ZEROS))
			values->volts[p] = values->amps[p] = 0;
	}
	if (has(set, SIM_FAULT_SELFTEST) && registers->error_register == 0)
		registers->error_register = 0x0001;
}

void sim_faults_swap(uint32_t set, uint16_t *registers, size_t count)
{
	for (size_t i = 0; has(set, SIM_FAULT_SWAPPED_WORDS) && i + 1 < count; i += 2) {
		uint16_t high = registers[i];

		registers[i] = registers[i + 1];
		registers[i + 1] = high;
	}
	for (size_t i = 0; has(set, SIM_FAULT_SWAPPED_BYTES) && i < count; i++)
		registers[i] = (uint16_t)(registers[i] << 8 | registers[i] >> 8);
}

size_t sim_faults_noise(uint8_t ret[static SIM_NOISE_MAX], uint64_t *seed)
{
	size_t n = 1 + prng_below(seed, SIM_NOISE_MAX);

	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)prng_below(seed, 256);
	return n;
}

size_t sim_faults_mangle(
	uint32_t set, const uint8_t *answer, size_t n, uint8_t *ret, uint64_t *seed)
{
	bool noise = has(set, SIM_FAULT_NOISE);
	uint8_t frame[RTU_FRAME_MAX];
	size_t out = 0, cut;

	if (has(set, SIM_FAULT_SILENT) || has(set, SIM_FAULT_HANGUP_ASKED))
		return 0;
	if (has(set, SIM_FAULT_GARBAGE)) {
		for (size_t i = 0; i < RTU_FRAME_MAX; i++)
			ret[i] = (uint8_t)prng_below(seed, 256);
		return RTU_FRAME_MAX;
	}

	memcpy(frame, answer, n);
	if (has(set, SIM_FAULT_WRONG_UNIT)) {
		frame[0] = frame[0] < 247 ? frame[0] + 1 : 1;
		n = rtu_crc_append(frame, n - 2);
	}
	if (has(set, SIM_FAULT_CRC))
		frame[n - 1 - prng_below(seed, 2)] ^= (uint8_t)(1u << prng_below(seed, 8));
	if (has(set, SIM_FAULT_TRUNCATED) || has(set, SIM_FAULT_HANGUP_HALFWAY))
		n /= 2;

	if (noise || has(set, SIM_FAULT_NOISE_BEFORE))
		out += sim_faults_noise(ret, seed);
	if (noise || has(set, SIM_FAULT_NOISE_WITHIN)) {
		cut = 1 + prng_below(seed, (uint32_t)n - 1);
		memcpy(ret + out, frame, cut);
		out += cut;
		out += sim_faults_noise(ret + out, seed);
		memcpy(ret + out, frame + cut, n - cut);
		out += n - cut;
	} else {
		memcpy(ret + out, frame, n);
		out += n;
	}
	if (noise || has(set, SIM_FAULT_NOISE_AFTER))
		out += sim_faults_noise(ret + out, seed);
	return out;
}
