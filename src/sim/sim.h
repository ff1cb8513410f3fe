/* SPDX-License-Identifier: MIT */
/*
 * The subcommands of poweroptsim: the other side of every interface that the daemon has.
 *
 * Pure, with time as an argument: rtu, register_map, sim_fault, trace, car, scenario, tally,
 * appliance, sky, load.
 * At the edge: pty_line, sim_meter (sd-event), pwm_chip, daemon_child, house_view, house_plot.
 */
#ifndef POWEROPT_SIM_SIM_H
#define POWEROPT_SIM_SIM_H

#define SIM_EXIT_USAGE 2

/**
 * meter_command() - `poweroptsim meter`: a Klefr meter on a pseudo-terminal, until SIGTERM.
 * @argv: the subcommand's name and its options. Returns the exit status.
 */
int meter_command(int argc, char **argv);

/**
 * house_command() - `poweroptsim house`: the real daemon in a simulated house, drawn live.
 * @argv: the subcommand's name and its options. Returns the exit status.
 */
int house_command(int argc, char **argv);

/**
 * replay_command() - `poweroptsim replay`: the regulator against a load trace in virtual time.
 * @argv: the subcommand's name and its options. Returns the exit status.
 */
int replay_command(int argc, char **argv);

/**
 * load_command() - `poweroptsim load`: a made-up house as a trace.
 * @argv: the subcommand's name and its options. Returns the exit status.
 */
int load_command(int argc, char **argv);

#endif
