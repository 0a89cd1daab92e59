"""@@PACKAGE flows/text"""
