# shellcheck shell=bash
# Completion of nacelle for bash; with `autoload -U bashcompinit && bashcompinit` for zsh, too. The program itself is asked
# for its commands and options, so it is always in step with them.

# Options of the program, or of a command: their names, and for those that take a value what it is called.
_nacelle_options() {
    "$@" --help 2>/dev/null | sed -nE 's/^ +(-[a-z], )?(--[a-z-]+)( ([A-Z]+))?.*/\2 \4/p'
}

_nacelle() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' operands=0 value='' root=() i option
    COMPREPLY=()

    # What stands before the word: the global options, the command, how many operands it has so far.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        =) ;;
        --root | --log | --log-format | --cgroup-manager | --rootless)
            if [[ -z $command ]]; then
                option=${COMP_WORDS[i]}
                [[ ${COMP_WORDS[i + 1]-} != = ]] || ((i++))
                ((i++))
                [[ $option != --root ]] || root=(--root "${COMP_WORDS[i]-}")
            fi
            ;;
        -*) ;;
        *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else ((operands++)); fi ;;
        esac
    done
    [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD - 2]-}
    [[ $word != = ]] || word=

    # The value of an option: a file, or one of a few words.
    case $before in
    --format) value='table json' ;;
    --log-format) value='text json' ;;
    --cgroup-manager) value='cgroupfs systemd disabled' ;;
    --rootless) [[ -n $command ]] || value='auto true false' ;;
    --*)
        case $(_nacelle_options "$program" ${command:+"$command"} | sed -n "s/^$before //p") in
        FILE | PATH) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
        DIR) mapfile -t COMPREPLY < <(compgen -d -- "$word") && return ;;
        ?*) return ;;
        esac
        ;;
    esac
    if [[ -n $value ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
    elif [[ $word == -* ]]; then
        value=$(_nacelle_options "$program" ${command:+"$command"} | sed 's/ .*//')
        mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
    elif [[ -z $command ]]; then
        value=$("$program" --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
    elif [[ $operands == 0 && $command != create && $command != run && $command != restore ]] &&
        "$program" "$command" --help 2>/dev/null | grep -q '^Usage: .* CONTAINER'; then
        value=$("$program" ${root[@]+"${root[@]}"} list --quiet 2>/dev/null)
        mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
    elif [[ $operands == 1 && $command == kill ]]; then
        mapfile -t COMPREPLY < <(compgen -A signal -- "$word")
    fi
}

complete -o filenames -F _nacelle nacelle
