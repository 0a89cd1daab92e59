"""@@PACKAGE storage/db"""
